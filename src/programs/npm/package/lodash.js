// The part of lodash that lessons use; a function that is not here is undefined.
const by = (f) => (typeof f === 'function' ? f : (one) => one[f]);
const each = (all, f) => { for (const name of Object.keys(all)) f(all[name], Array.isArray(all) ? Number(name) : name); return all; };
const list = (all) => (Array.isArray(all) ? all : Object.values(all || {}));
const get = (from, path, otherwise) => {
  let at = from;
  for (const part of (Array.isArray(path) ? path : String(path).split('.'))) {
    if (at === undefined || at === null) return otherwise;
    at = at[part];
  }
  return at === undefined ? otherwise : at;
};
const cap = (text) => String(text).charAt(0).toUpperCase() + String(text).slice(1).toLowerCase();
const clone = (value) => {
  if (Array.isArray(value)) return value.map(clone);
  if (typeof value !== 'object' || value === null) return value;
  const out = {};
  for (const name of Object.keys(value)) out[name] = clone(value[name]);
  return out;
};
module.exports = {
  VERSION: '4.18.1',
  chunk(all, size) { const out = []; for (let i = 0; i < all.length; i += size || 1) out.push(all.slice(i, i + (size || 1))); return out; },
  compact: (all) => all.filter((one) => one),
  uniq: (all) => all.filter((one, i) => all.indexOf(one) === i),
  uniqBy: (all, f) => { const seen = []; return all.filter((one) => { const key = by(f)(one); if (seen.includes(key)) return false; seen.push(key); return true; }); },
  flatten: (all) => all.flat(),
  difference: (all, others) => all.filter((one) => !others.includes(one)),
  intersection: (all, others) => all.filter((one) => others.includes(one)),
  without: (all, ...others) => all.filter((one) => !others.includes(one)),
  zip: (...all) => all[0].map((one, i) => all.map((row) => row[i])),
  head: (all) => all[0], first: (all) => all[0], last: (all) => all[all.length - 1],
  take: (all, n) => all.slice(0, n === undefined ? 1 : n), drop: (all, n) => all.slice(n === undefined ? 1 : n),
  range(a, b, step) { const out = [], from = b === undefined ? 0 : a, to = b === undefined ? a : b; for (let i = from; i < to; i += step || 1) out.push(i); return out; },
  times: (n, f) => { const out = []; for (let i = 0; i < n; i++) out.push(f(i)); return out; },
  map: (all, f) => list(all).map(by(f)), filter: (all, f) => list(all).filter(by(f)), find: (all, f) => list(all).find(by(f)),
  reduce: (all, f, start) => list(all).reduce(f, start), some: (all, f) => list(all).some(by(f)), every: (all, f) => list(all).every(by(f)),
  each, forEach: each, size: (all) => (typeof all === 'string' ? all.length : list(all).length), includes: (all, one) => (typeof all === 'string' ? all : list(all)).includes(one),
  groupBy(all, f) { const out = {}; for (const one of list(all)) { const key = by(f)(one); (out[key] = out[key] || []).push(one); } return out; },
  countBy(all, f) { const out = {}; for (const one of list(all)) { const key = by(f)(one); out[key] = (out[key] || 0) + 1; } return out; },
  keyBy(all, f) { const out = {}; for (const one of list(all)) out[by(f)(one)] = one; return out; },
  sortBy: (all, f) => list(all).slice().sort((a, b) => { const x = by(f)(a), y = by(f)(b); return x < y ? -1 : x > y ? 1 : 0; }),
  sum: (all) => all.reduce((a, b) => a + b, 0), sumBy: (all, f) => all.reduce((a, b) => a + by(f)(b), 0),
  mean: (all) => all.reduce((a, b) => a + b, 0) / all.length, max: (all) => (all.length ? Math.max(...all) : undefined), min: (all) => (all.length ? Math.min(...all) : undefined),
  keys: Object.keys, values: Object.values, get, has: (from, path) => get(from, path) !== undefined, cloneDeep: clone,
  pick(from, ...names) { const out = {}; for (const name of names.flat()) if (from[name] !== undefined) out[name] = from[name]; return out; },
  omit(from, ...names) { const out = {}; for (const name of Object.keys(from)) if (!names.flat().includes(name)) out[name] = from[name]; return out; },
  merge: (to, ...all) => Object.assign(to, ...all), assign: Object.assign,
  isArray: Array.isArray, isString: (v) => typeof v === 'string', isNumber: (v) => typeof v === 'number', isFunction: (v) => typeof v === 'function',
  isNil: (v) => v === undefined || v === null, isEmpty: (v) => !v || list(v).length === 0, identity: (v) => v, noop() {},
  capitalize: cap, upperFirst: (text) => String(text).charAt(0).toUpperCase() + String(text).slice(1), toUpper: (text) => String(text).toUpperCase(), toLower: (text) => String(text).toLowerCase(),
  repeat: (text, n) => String(text).repeat(n), padStart: (text, n, fill) => String(text).padStart(n, fill), padEnd: (text, n, fill) => String(text).padEnd(n, fill),
  random: (a, b) => Math.floor(Math.random() * ((b === undefined ? a : b) - (b === undefined ? 0 : a) + 1)) + (b === undefined ? 0 : a),
  shuffle(all) { const out = all.slice(); for (let i = out.length - 1; i > 0; i--) { const j = Math.floor(Math.random() * (i + 1)), one = out[i]; out[i] = out[j]; out[j] = one; } return out; },
};
