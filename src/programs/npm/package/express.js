// The simulation's own express: routing, routers, middleware and answers, over node's http.
const http = require('http'), fs = require('fs'), path = require('path'), bodies = require('body-parser');
const verbs = ['get', 'post', 'put', 'delete', 'patch', 'head', 'options'];
const types = { html: 'text/html', css: 'text/css', js: 'text/javascript', mjs: 'text/javascript', json: 'application/json',
  txt: 'text/plain', svg: 'image/svg+xml', png: 'image/png', jpg: 'image/jpeg', ico: 'image/x-icon', xml: 'application/xml', md: 'text/markdown' };
const typeOf = (name) => {
  const type = types[name] || (name.includes('/') ? name : 'application/octet-stream');
  const words = type.startsWith('text/') || type === 'application/json' || type === 'application/xml';
  return words && !type.includes('charset') ? type + '; charset=utf-8' : type;
};
const parts = (name) => name.split('/').filter((part) => part);

// What a pattern has in common with a path: its parameters and how many parts it took.
function matched(pattern, name, whole) {
  const wanted = parts(pattern), given = parts(name), params = {};
  for (let i = 0; i < wanted.length; i++) {
    const part = wanted[i];
    if (part.startsWith('*') || part === '{*splat}') return { params, count: given.length };
    const optional = part.endsWith('?');
    if (given[i] === undefined) { if (optional) continue; return; }
    if (part.startsWith(':')) params[optional ? part.slice(1, -1) : part.slice(1)] = decodeURIComponent(given[i]);
    else if (part.toLowerCase() !== given[i].toLowerCase()) return;
  }
  if (!whole || wanted.length >= given.length) return { params, count: wanted.length };
}

function Router() {
  const layers = [];
  const router = (req, res, done) => walk(layers, req, res, done);
  const add = (method, args) => {
    const first = args[0];
    const patterns = typeof first === 'string' ? [first] : Array.isArray(first) && typeof first[0] === 'string' ? first : ['/'];
    for (const f of args.flat()) {
      if (typeof f === 'function') for (const pattern of patterns) layers.push({ method, pattern, f, whole: method !== 'use' });
      else if (typeof f !== 'string') {
        const kind = f === null ? 'null' : f === undefined ? 'undefined' : typeof f;
        throw new TypeError(method === 'use' ? 'Router.use() requires a middleware function but got a ' + kind : 'Route.' + method + '() requires a callback function but got a [object ' + kind + ']');
      }
    }
    return router;
  };
  for (const method of [...verbs, 'all', 'use']) router[method] = (...args) => add(method, args);
  router.route = (pattern) => {
    const route = {};
    for (const method of [...verbs, 'all']) route[method] = (...args) => { add(method, [pattern, ...args]); return route; };
    return route;
  };
  router.param = () => require('layerlab')('router.param');
  return router;
}

function walk(layers, req, res, done) {
  const base = req.baseUrl, url = req.url, outer = req.params;
  let at = 0;
  const next = (error) => {
    req.baseUrl = base;
    req.url = url;
    req.params = outer;
    for (;;) {
      const layer = layers[at++];
      if (!layer || error === 'router') return done(error === 'router' ? undefined : error);
      const name = url.split('?')[0];
      const own = layer.method === 'use' || layer.method === 'all' || layer.method === req.method.toLowerCase() || layer.method === 'get' && req.method === 'HEAD';
      const found = own && matched(layer.pattern, name, layer.whole);
      if (!found || (layer.f.length === 4) !== Boolean(error)) continue;
      if (layer.method === 'use') {
        const taken = parts(name).slice(0, found.count);
        if (taken.length) {
          req.baseUrl = base + '/' + taken.join('/');
          req.url = url.slice(('/' + taken.join('/')).length);
          if (!req.url.startsWith('/')) req.url = '/' + req.url;
        }
      }
      req.path = req.url.split('?')[0];
      req.params = Object.assign({}, outer, found.params);
      try {
        return error ? layer.f(error, req, res, next) : layer.f(req, res, next);
      } catch (thrown) {
        return next(thrown);
      }
    }
  };
  next();
}

const escaped = (text) => text.split('&').join('&amp;').split('<').join('&lt;').split('>').join('&gt;').split('"').join('&quot;');
function finish(req, res, error) {
  if (res.headersSent) return;
  let status = 404, text = 'Cannot ' + req.method + ' ' + escaped(req.originalUrl.split('?')[0]);
  if (error) {
    status = error.status || error.statusCode || 500;
    const stack = String(error.stack || error);
    if (process.env.NODE_ENV !== 'test') console.error(stack);
    text = process.env.NODE_ENV === 'production' ? http.STATUS_CODES[status] : escaped(stack).split('\n').join('<br>').split('  ').join(' &nbsp;');
  }
  res.statusCode = status;
  res.setHeader('Content-Security-Policy', "default-src 'none'");
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Content-Type', 'text/html; charset=utf-8');
  res.end('<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>\n<body>\n<pre>' + text + '</pre>\n</body>\n</html>\n');
}

const answers = {
  status(code) { this.statusCode = code; return this; },
  set(name, value) {
    if (typeof name === 'object') for (const one of Object.keys(name)) this.setHeader(one, name[one]);
    else this.setHeader(name, value);
    return this;
  },
  get(name) { return this.getHeader(name); },
  type(name) { return this.set('Content-Type', typeOf(name)); },
  json(value) {
    if (!this.getHeader('Content-Type')) this.setHeader('Content-Type', 'application/json; charset=utf-8');
    return this.end(JSON.stringify(value));
  },
  send(value) {
    if (typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'object' && value !== null)) return this.json(value);
    if (!this.getHeader('Content-Type')) this.setHeader('Content-Type', 'text/html; charset=utf-8');
    return this.end(value === undefined || value === null ? '' : String(value));
  },
  sendStatus(code) { return this.status(code).type('txt').send(http.STATUS_CODES[code] || String(code)); },
  redirect(...args) {
    const to = args.pop();
    this.status(args[0] || 302).setHeader('Location', to);
    return this.type('txt').send((http.STATUS_CODES[this.statusCode] || '') + '. Redirecting to ' + to);
  },
  cookie(name, value, options) {
    const age = options && options.maxAge ? '; Max-Age=' + Math.floor(options.maxAge / 1000) : '';
    return this.set('Set-Cookie', name + '=' + value + age + '; Path=/' + (options && options.httpOnly ? '; HttpOnly' : ''));
  },
  sendFile(name, ...rest) {
    const options = rest.find((one) => typeof one === 'object') || {};
    const file = options.root ? path.join(options.root, name) : name;
    if (!path.isAbsolute(file)) throw new TypeError('path must be absolute or specify root to res.sendFile');
    let text;
    try { text = fs.readFileSync(file); } catch (error) { error.status = 404; return this.next(error); }
    if (!this.getHeader('Content-Type')) this.type(path.extname(file).slice(1));
    return this.end(text);
  },
  render() { return require('layerlab')('res.render'); },
};

function express() {
  const router = Router(), settings = { env: process.env.NODE_ENV || 'development' };
  const app = (req, res, done) => {
    if (req.originalUrl === undefined) begin(app, req, res);
    router(req, res, done || ((error) => finish(req, res, error)));
  };
  for (const name of Object.keys(router)) app[name] = (...args) => { const made = router[name](...args); return made === router ? app : made; };
  app.get = (...args) => { if (args.length === 1) return settings[args[0]]; router.get(...args); return app; };
  app.set = (name, value) => { settings[name] = value; return app; };
  app.enable = (name) => app.set(name, true);
  app.disable = (name) => app.set(name, false);
  app.locals = {};
  app.settings = settings;
  app.listen = (...args) => http.createServer(app).listen(...args);
  return app;
}

function begin(app, req, res) {
  req.app = app;
  req.originalUrl = req.url;
  req.baseUrl = '';
  req.params = {};
  req.query = bodies.query(req.url.split('?')[1]);
  req.hostname = (req.headers.host || '').split(':')[0];
  req.ip = req.socket.remoteAddress;
  req.get = (name) => req.headers[name.toLowerCase()];
  res.locals = {};
  res.req = req;
  res.next = (error) => finish(req, res, error);
  Object.assign(res, answers);
  if (app.settings['x-powered-by'] !== false) res.setHeader('X-Powered-By', 'Express');
}

express.json = bodies.json;
express.urlencoded = bodies.urlencoded;
express.text = bodies.text;
express.static = (root, options) => (req, res, next) => {
  if (req.method !== 'GET' && req.method !== 'HEAD') return next();
  let file = path.join(path.resolve(root), decodeURIComponent(req.path));
  if (req.path.endsWith('/')) file = path.join(file, (options && options.index) || 'index.html');
  let text;
  try { text = fs.readFileSync(file); } catch (error) { return next(); }
  res.type(path.extname(file).slice(1));
  res.end(text);
};
express.Router = Router;
module.exports = express;
