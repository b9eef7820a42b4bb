// Logs each request when it is answered: the formats dev, tiny, common and combined.
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (n) => String(n).padStart(2, '0');
const stamp = (d) => two(d.getDate()) + '/' + months[d.getMonth()] + '/' + d.getFullYear() + ':' + two(d.getHours()) + ':' + two(d.getMinutes()) + ':' + two(d.getSeconds()) + ' +0000';
const formats = {
  tiny: (t) => t.method + ' ' + t.url + ' ' + t.status + ' ' + t.length + ' - ' + t.time + ' ms',
  dev: (t) => '\x1b[0m' + t.method + ' ' + t.url + ' \x1b[' + (t.status >= 500 ? 31 : t.status >= 400 ? 33 : t.status >= 300 ? 36 : 32) + 'm' + t.status + '\x1b[0m ' + t.time + ' ms - ' + t.length + '\x1b[0m',
  common: (t) => t.peer + ' - - [' + t.date + '] "' + t.method + ' ' + t.url + ' HTTP/1.1" ' + t.status + ' ' + t.length,
  combined: (t) => formats.common(t) + ' "' + t.referrer + '" "' + t.agent + '"',
};
module.exports = (format) => {
  const line = formats[format] || require('layerlab')('this format of morgan');
  return (req, res, next) => {
    const start = Date.now();
    res.on('finish', () => console.log(line({
      method: req.method, url: req.originalUrl || req.url, status: res.statusCode, length: res.getHeader('Content-Length') || '-',
      time: (Date.now() - start + 0.5).toFixed(3), peer: req.socket.remoteAddress, date: stamp(new Date()),
      referrer: req.headers.referer || '-', agent: req.headers['user-agent'] || '-',
    })));
    next();
  };
};
