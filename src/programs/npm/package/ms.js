// Lengths of time as words, both ways.
const units = { ms: 1, s: 1000, m: 60000, h: 3600000, d: 86400000, w: 604800000, y: 31557600000 };
const names = { s: 'second', m: 'minute', h: 'hour', d: 'day' };
module.exports = (value, options) => {
  if (typeof value === 'number') {
    for (const unit of ['d', 'h', 'm', 's']) {
      const n = value / units[unit];
      if (Math.abs(n) < 1) continue;
      const count = Math.round(n);
      return options && options.long ? count + ' ' + names[unit] + (Math.abs(n) >= 1.5 ? 's' : '') : count + unit;
    }
    return value + (options && options.long ? ' ms' : 'ms');
  }
  const n = parseFloat(value), word = String(value).trim().slice(String(n).length).trim().toLowerCase();
  const unit = word === '' || word.startsWith('ms') || word.startsWith('milli') ? 'ms' : word.charAt(0);
  return isNaN(n) || !units[unit] ? undefined : n * units[unit];
};
