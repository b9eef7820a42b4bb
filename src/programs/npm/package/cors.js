// Answers preflights and names the origins that may read.
module.exports = (options) => {
  const own = options || {};
  const origin = typeof own.origin === 'string' ? own.origin : '*';
  return (req, res, next) => {
    res.setHeader('Access-Control-Allow-Origin', origin);
    if (origin !== '*') res.setHeader('Vary', 'Origin');
    if (own.credentials) res.setHeader('Access-Control-Allow-Credentials', 'true');
    if (req.method !== 'OPTIONS') return next();
    res.setHeader('Access-Control-Allow-Methods', 'GET,HEAD,PUT,PATCH,POST,DELETE');
    res.statusCode = 204;
    res.end();
  };
};
