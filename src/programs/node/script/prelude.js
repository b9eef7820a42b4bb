// What calls back, and Node's modules as far as they are here. `$` holds the doors to the machine.
const hooks = {};
let next = 1;

$.hook((id) => {
  const hook = hooks[id];
  if (!hook) return;
  if (!hook.again) delete hooks[id];
  const f = hook.f, args = hook.args;
  f(...args);
});

function hook(f, args, again) {
  const id = next++;
  hooks[id] = { f, args, again };
  return id;
}

function isCallback(f) {
  if (typeof f === 'function') return;
  const error = new TypeError('The "callback" argument must be of type function. Received ' + $.inspect(f));
  error.code = 'ERR_INVALID_ARG_TYPE';
  throw error;
}

function timer(f, ms, again, args) {
  isCallback(f);
  const id = hook(f, args, again);
  $.timer(id, ms, again);
  const made = new Timeout();
  $.hide(made, 'id', id);
  return made;
}

function Timeout() {}
Timeout.prototype.ref = function () { return this; };
Timeout.prototype.unref = function () { return this; };
const setTimeout = (f, ms, ...args) => timer(f, ms, false, args);
const setInterval = (f, ms, ...args) => timer(f, ms, true, args);
const setImmediate = (f, ...args) => timer(f, 0, false, args);
const soon = (f, ...args) => { isCallback(f); $.soon(hook(f, args, false)); };
const clearTimeout = (made) => {
  if (!made) return;
  const id = typeof made === 'number' ? made : made.id;
  delete hooks[id];
  $.clear(id);
};

function define(proto, members) {
  for (const name of Object.keys(members)) $.hide(proto, name, members[name]);
}

define(Array.prototype, {
  forEach(f) { for (let i = 0; i < this.length; i++) f(this[i], i, this); },
  map(f) { const out = []; for (let i = 0; i < this.length; i++) out.push(f(this[i], i, this)); return out; },
  filter(f) { const out = []; for (let i = 0; i < this.length; i++) if (f(this[i], i, this)) out.push(this[i]); return out; },
  find(f) { for (let i = 0; i < this.length; i++) if (f(this[i], i, this)) return this[i]; },
  findIndex(f) { for (let i = 0; i < this.length; i++) if (f(this[i], i, this)) return i; return -1; },
  some(f) { for (let i = 0; i < this.length; i++) if (f(this[i], i, this)) return true; return false; },
  every(f) { for (let i = 0; i < this.length; i++) if (!f(this[i], i, this)) return false; return true; },
  reduce(f, ...start) {
    let i = 0;
    if (!start.length && !this.length) throw new TypeError('Reduce of empty array with no initial value');
    let sum = start.length ? start[0] : this[i++];
    for (; i < this.length; i++) sum = f(sum, this[i], i, this);
    return sum;
  },
  flat() { let out = []; for (const item of this) out = out.concat(item); return out; },
  fill(value) { for (let i = 0; i < this.length; i++) this[i] = value; return this; },
  keys() { return Object.keys(this).map(Number); },
  sort(f) {
    const order = f || ((a, b) => (String(a) < String(b) ? -1 : 1));
    const merge = (items) => {
      if (items.length < 2) return items;
      const half = items.length >> 1, a = merge(items.slice(0, half)), b = merge(items.slice(half)), out = [];
      let i = 0, j = 0;
      while (i < a.length && j < b.length) out.push(order(a[i], b[j]) <= 0 ? a[i++] : b[j++]);
      return out.concat(a.slice(i), b.slice(j));
    };
    const sorted = merge(this.slice());
    for (let i = 0; i < sorted.length; i++) this[i] = sorted[i];
    return this;
  },
});
$.hide(Array, 'from', (from, f) => {
  const out = [];
  if (typeof from === 'string' || Array.isArray(from)) for (const item of from) out.push(item);
  else for (let i = 0; i < from.length; i++) out.push(from[i]);
  return f ? out.map(f) : out;
});

function EventEmitter() {}
define(EventEmitter.prototype, {
  on(name, f) {
    if (!this._events) $.hide(this, '_events', {});
    (this._events[name] = this._events[name] || []).push(f);
    return this;
  },
  addListener(name, f) { return this.on(name, f); },
  once(name, f) { const g = (...args) => { this.off(name, g); f(...args); }; return this.on(name, g); },
  off(name, f) {
    if (this._events && this._events[name]) this._events[name] = this._events[name].filter((g) => g !== f);
    return this;
  },
  removeListener(name, f) { return this.off(name, f); },
  emit(name, ...args) {
    const all = (this._events && this._events[name]) || [];
    if (name === 'error' && !all.length) throw args[0];
    for (const f of all.slice()) f(...args);
    return all.length > 0;
  },
});

const env = $.environment();
const process = new EventEmitter();
const exit = (code) => {
  const done = code === undefined ? process.exitCode || 0 : code;
  if (!process.exiting) { $.hide(process, 'exiting', true); process.emit('exit', done); }
  $.exit(done);
};
const stream = (fd) => ({ fd, write: (text) => $.write(fd, String(text)), isTTY: $.fact('tty' + fd) === 'true' });
const watched = {};
Object.assign(process, {
  title: 'node', version: 'v' + $.fact('version'), versions: { node: $.fact('version') },
  arch: 'x64', platform: 'linux', argv: $.arguments(), execArgv: [], env,
  pid: Number($.fact('pid')), ppid: Number($.fact('ppid')), exitCode: undefined,
  stdout: stream(1), stderr: stream(2),
});
define(process, {
  cwd: () => $.fact('cwd'), exit, nextTick: soon,
  uptime: () => Number($.fact('uptime')),
  kill: () => $.missing('process.kill'), memoryUsage: () => $.missing('process.memoryUsage'),
  hrtime: () => $.missing('process.hrtime'),
  on(name, f) {
    if (name === 'uncaughtException' || name === 'unhandledRejection') $.missing("process.on('" + name + "')");
    if (name.startsWith('SIG') && !watched[name]) {
      watched[name] = true;
      $.signal(hook(() => process.emit(name, name), [], true), name);
    }
    return listen(name, f);
  },
});
function listen(name, f) {
  if (!process._events) $.hide(process, '_events', {});
  (process._events[name] = process._events[name] || []).push(f);
  return process;
}
$.hide(process, 'once', (name, f) => process.on(name, f));

const trouble = {
  ENOENT: [-2, 'no such file or directory'], EACCES: [-13, 'permission denied'], EISDIR: [-21, 'illegal operation on a directory'],
  ENOTDIR: [-20, 'not a directory'], EEXIST: [-17, 'file already exists'], EROFS: [-30, 'read-only file system'], EIO: [-5, 'i/o error'],
};
function fileError(code, syscall, path) {
  const known = trouble[code] || trouble.EIO;
  const error = new Error(code + ': ' + known[1] + ', ' + syscall + " '" + path + "'");
  return Object.assign(error, { errno: known[0], syscall, code, path });
}
const act = (what, syscall) => (path, data) => {
  const why = $.file(what, String(path), data === undefined ? '' : String(data));
  if (typeof why === 'string') throw fileError(why, syscall, path);
  return why;
};
const later = (f) => (path, ...rest) => {
  const done = rest.pop();
  isCallback(done);
  let error = null, value;
  try { value = f(path, ...rest); } catch (caught) { error = caught; }
  soon(() => done(error, value));
};
const fs = {
  readFileSync(path) { const open = act('open', 'open'); open(path); return $.read(path); },
  writeFileSync: act('write', 'open'), appendFileSync: act('append', 'open'), mkdirSync: act('mkdir', 'mkdir'),
  unlinkSync: act('unlink', 'unlink'), readdirSync: act('list', 'scandir'),
  existsSync: (path) => $.is(String(path)) || $.isDir(String(path)),
};
for (const name of ['readFile', 'writeFile', 'appendFile', 'mkdir', 'unlink', 'readdir']) fs[name] = later(fs[name + 'Sync']);

function normal(path) {
  const parts = [];
  for (const part of path.split('/')) {
    if (part === '..' && parts.length && parts[parts.length - 1] !== '..') parts.pop();
    else if (part && part !== '.' && !(part === '..' && path.startsWith('/'))) parts.push(part);
  }
  return (path.startsWith('/') ? '/' : '') + parts.join('/') || '.';
}
const path = {
  sep: '/',
  normalize: normal,
  join: (...parts) => normal(parts.filter((part) => part).join('/')),
  resolve: (...parts) => parts.reduce((all, part) => (part.startsWith('/') ? normal(part) : normal(all + '/' + part)), process.cwd()),
  dirname(name) { const at = name.lastIndexOf('/'); return at > 0 ? name.slice(0, at) : at === 0 ? '/' : '.'; },
  basename(name, end) { const base = name.slice(name.lastIndexOf('/') + 1); return end && base.endsWith(end) ? base.slice(0, base.length - end.length) : base; },
  extname(name) { const base = path.basename(name), at = base.lastIndexOf('.'); return at > 0 ? base.slice(at) : ''; },
  isAbsolute: (name) => name.startsWith('/'),
};

function Server(handler) {
  $.hide(this, 'handler', handler);
}
$.proto(Server.prototype, EventEmitter.prototype);
define(Server.prototype, {
  listen(port, ...rest) {
    const options = typeof port === 'object' ? port : { port };
    const ready = rest.find((one) => typeof one === 'function');
    const host = options.host || rest.find((one) => typeof one === 'string') || '';
    const id = hook(() => { if (ready) ready(); this.emit('listening'); }, [], false);
    $.hide(this, 'id', id);
    $.hide(this, 'port', Number(options.port || 0));
    $.listen(id, this.port, hook(() => serve(this), [], true), host);
    return this;
  },
  address() { return { address: '::', family: 'IPv6', port: this.port }; },
  close(done) { $.close(this.id); if (done) soon(done); return this; },
});
const http = {
  createServer: (a, b) => new Server(b || a), Server,
  get: () => $.missing('http.get'), request: () => $.missing('http.request'),
};

const reasons = { 200: 'OK', 201: 'Created', 202: 'Accepted', 204: 'No Content', 301: 'Moved Permanently', 302: 'Found', 304: 'Not Modified',
  400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed', 500: 'Internal Server Error', 503: 'Service Unavailable' };
http.STATUS_CODES = reasons;
function IncomingMessage() {}
$.proto(IncomingMessage.prototype, EventEmitter.prototype);
define(IncomingMessage.prototype, { setEncoding() { return this; } });
function ServerResponse(connection, bare) {
  $.hide(this, 'connection', connection);
  $.hide(this, 'bare', bare);
  $.hide(this, 'own', {});
  $.hide(this, 'body', '');
  this.statusCode = 200;
  this.headersSent = false;
}
$.proto(ServerResponse.prototype, EventEmitter.prototype);
define(ServerResponse.prototype, {
  setHeader(name, value) { this.own[name.toLowerCase()] = name + ': ' + value; return this; },
  getHeader(name) { const line = this.own[name.toLowerCase()]; return line && line.slice(name.length + 2); },
  removeHeader(name) { delete this.own[name.toLowerCase()]; },
  writeHead(code, ...rest) {
    this.statusCode = code;
    const headers = rest.find((one) => typeof one === 'object') || {};
    for (const name of Object.keys(headers)) this.setHeader(name, headers[name]);
    return this;
  },
  write(text) { $.hide(this, 'body', this.body + String(text)); return true; },
  end(text, ...rest) {
    if (this.headersSent) return this;
    if (text !== undefined && typeof text !== 'function') this.write(text);
    this.headersSent = true;
    const lines = Object.keys(this.own).map((name) => this.own[name] + '\r\n').join('');
    const line = 'HTTP/1.1 ' + this.statusCode + ' ' + (this.statusMessage || reasons[this.statusCode] || 'unknown');
    $.answer(this.connection, line + '\r\n' + lines, this.bare ? '' : this.body);
    this.emit('finish');
    return this;
  },
});
function serve(server) {
  const got = $.request();
  if (!got.length) return;
  const req = new IncomingMessage();
  req.httpVersion = '1.1';
  req.method = got[1];
  req.url = got[2];
  req.headers = {};
  for (const line of got[3].split('\n').slice(1)) {
    const at = line.indexOf(':');
    if (at > 0) req.headers[line.slice(0, at).toLowerCase()] = line.slice(at + 1).trim();
  }
  $.hide(req, 'socket', { remoteAddress: '::ffff:' + got[5] });
  $.hide(req, 'connection', req.socket);
  const res = new ServerResponse(Number(got[0]), req.method === 'HEAD');
  const body = got[4];
  if (server.handler) server.handler(req, res);
  server.emit('request', req, res);
  soon(() => { if (body) req.emit('data', body); req.emit('end'); });
}
const os = {
  EOL: '\n', hostname: () => $.fact('hostname'), platform: () => 'linux', type: () => 'Linux', arch: () => 'x64',
  release: () => $.fact('release'), uptime: () => process.uptime(), homedir: () => env.HOME || '/', tmpdir: () => '/tmp',
  cpus: () => $.missing('os.cpus'), totalmem: () => $.missing('os.totalmem'), networkInterfaces: () => $.missing('os.networkInterfaces'),
};
$.hide(EventEmitter, 'EventEmitter', EventEmitter);
// What packages whose code is simulated are made of, and what the others say.
const builtin = { http, https: http, fs, path, os, events: EventEmitter, process, util: { inspect: $.inspect, format: $.format },
  layerlab: $.missing };
const others = ['assert', 'buffer', 'child_process', 'cluster', 'crypto', 'dns', 'fs/promises', 'net', 'readline', 'stream',
  'string_decoder', 'timers', 'tls', 'url', 'v8', 'vm', 'worker_threads', 'zlib', 'querystring', 'perf_hooks', 'async_hooks'];

const cache = {};
function asFile(name) {
  for (const end of ['', '.js', '.json', '.cjs']) if ($.is(name + end)) return name + end;
  if (!$.isDir(name)) return;
  let main = 'index.js';
  if ($.is(name + '/package.json')) main = JSON.parse($.read(name + '/package.json')).main || main;
  for (const end of ['', '.js', '/index.js']) if ($.is(normal(name + '/' + main + end))) return normal(name + '/' + main + end);
  for (const end of ['index.js', 'index.json']) if ($.is(name + '/' + end)) return name + '/' + end;
}
function notFound(name, chain) {
  let title = "Cannot find module '" + name + "'";
  if (chain.length) title = title + '\nRequire stack:\n- ' + chain.join('\n- ');
  const error = $.notFound(title);
  error.code = 'MODULE_NOT_FOUND';
  error.requireStack = chain;
  throw error;
}
function load(file, chain) {
  if (cache[file]) return cache[file].exports;
  const module = { id: file, exports: {}, filename: file, loaded: false };
  cache[file] = module;
  const text = $.read(file);
  if (file.endsWith('.json')) module.exports = JSON.parse(text);
  else {
    const run = $.compile(file, text);
    const require = requireFrom(path.dirname(file), [file, ...chain]);
    require.main = cache[main];
    run(module.exports, require, module, file, path.dirname(file));
  }
  module.loaded = true;
  return module.exports;
}
function requireFrom(dir, chain) {
  return function require(name) {
    if (typeof name !== 'string') throw new TypeError('The "id" argument must be of type string. Received ' + $.inspect(name));
    const own = name.startsWith('node:') ? name.slice(5) : name;
    if (builtin[own]) return builtin[own];
    if (others.includes(own)) $.missing("require('" + name + "')");
    if (name.startsWith('.') || name.startsWith('/')) {
      const file = asFile(name.startsWith('/') ? name : normal(dir + '/' + name));
      return file ? load(file, chain) : notFound(name, chain);
    }
    for (let at = dir; ; at = path.dirname(at)) {
      const place = normal(at + '/node_modules/' + name);
      if ($.isDir(place) || $.is(place)) {
        const file = asFile(place);
        if (file) return load(file, chain);
      }
      if (at === '/' || at === '.') return notFound(name, chain);
    }
  };
}
let main = '';
const run = (file) => {
  main = asFile(file);
  if (main) load(main, []); else notFound(file, []);
};

const all = { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval: clearTimeout, clearImmediate: clearTimeout,
  queueMicrotask: soon, process, require: requireFrom(process.cwd(), []) };
$.globals = all;
$.run = run;
$.exiting = () => exit();
