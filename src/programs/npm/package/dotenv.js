// Reads a file of NAME=value lines into process.env; what is set already stays.
const fs = require('fs');
function parse(text) {
  const found = {};
  for (const line of String(text).split('\n')) {
    let rest = line.trim();
    if (rest.startsWith('export ')) rest = rest.slice(7);
    const at = rest.indexOf('=');
    if (at < 1 || rest.startsWith('#')) continue;
    let value = rest.slice(at + 1).trim();
    const mark = value.charAt(0);
    const end = value.lastIndexOf(mark);
    if ((mark === '"' || mark === "'") && end > 0) {
      value = value.slice(1, end);
      if (mark === '"') value = value.split('\\n').join('\n');
    } else if (value.includes('#')) {
      value = value.slice(0, value.indexOf('#')).trim();
    }
    found[rest.slice(0, at).trim()] = value;
  }
  return found;
}
function config(options) {
  const own = options || {};
  const path = own.path || process.cwd() + '/.env';
  let parsed;
  try {
    parsed = parse(fs.readFileSync(path, 'utf8'));
  } catch (error) {
    return { parsed: {}, error };
  }
  for (const name of Object.keys(parsed)) if (own.override || process.env[name] === undefined) process.env[name] = parsed[name];
  return { parsed };
}
module.exports = { config, parse };
