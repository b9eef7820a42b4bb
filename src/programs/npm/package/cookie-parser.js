// Reads the Cookie header into req.cookies; signed cookies are not simulated.
module.exports = (secret) => {
  if (secret) require('layerlab')('signed cookies');
  return (req, res, next) => {
    req.cookies = {};
    for (const part of (req.headers.cookie || '').split(';')) {
      const at = part.indexOf('=');
      if (at > 0) req.cookies[part.slice(0, at).trim()] = part.slice(at + 1).trim();
    }
    next();
  };
};
