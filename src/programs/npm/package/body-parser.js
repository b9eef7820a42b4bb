// Waits for a body of one kind and reads it.
const body = (kind, read) => () => (req, res, next) => {
  if (req.body !== undefined || !(req.headers['content-type'] || '').includes(kind)) return next();
  let text = '';
  req.on('data', (chunk) => { text = text + chunk; });
  req.on('end', () => {
    try {
      req.body = read(text);
    } catch (error) {
      error.status = 400;
      return next(error);
    }
    next();
  });
};
exports.query = (text) => {
  const out = {};
  for (const pair of (text || '').split('&')) {
    const at = pair.indexOf('=');
    const name = decodeURIComponent((at < 0 ? pair : pair.slice(0, at)).split('+').join(' '));
    const value = at < 0 ? '' : decodeURIComponent(pair.slice(at + 1).split('+').join(' '));
    if (name) out[name] = out[name] === undefined ? value : [].concat(out[name], value);
  }
  return out;
};
exports.json = body('json', (text) => (text ? JSON.parse(text) : {}));
exports.urlencoded = body('x-www-form-urlencoded', exports.query);
exports.text = body('text/plain', (text) => text);
