// Colours and styles, where the output is a terminal or FORCE_COLOR is set.
const on = process.env.FORCE_COLOR ? process.env.FORCE_COLOR !== '0' : process.stdout.isTTY && !process.env.NO_COLOR;
const codes = {
  bold: [1, 22], dim: [2, 22], italic: [3, 23], underline: [4, 24], inverse: [7, 27], strikethrough: [9, 29],
  black: [30, 39], red: [31, 39], green: [32, 39], yellow: [33, 39], blue: [34, 39], magenta: [35, 39], cyan: [36, 39],
  white: [37, 39], gray: [90, 39], grey: [90, 39], redBright: [91, 39], greenBright: [92, 39], yellowBright: [93, 39],
  blueBright: [94, 39], magentaBright: [95, 39], cyanBright: [96, 39], whiteBright: [97, 39],
  bgRed: [41, 49], bgGreen: [42, 49], bgYellow: [43, 49], bgBlue: [44, 49], bgMagenta: [45, 49], bgCyan: [46, 49], bgWhite: [47, 49],
};
function paint(names) {
  return (...words) => {
    let text = words.map(String).join(' ');
    if (on) for (const name of names.slice().reverse()) text = '\x1b[' + codes[name][0] + 'm' + text + '\x1b[' + codes[name][1] + 'm';
    return text;
  };
}
const chalk = paint([]);
for (const first of Object.keys(codes)) {
  chalk[first] = paint([first]);
  for (const second of Object.keys(codes)) chalk[first][second] = paint([first, second]);
}
chalk.level = on ? 1 : 0;
module.exports = chalk;
