const isNumber = require('is-number');
module.exports = (value) => {
  if (!isNumber(value)) throw new TypeError('expected a number');
  const n = Math.abs(Number(value));
  if (n % 1 !== 0) throw new Error('expected an integer');
  return n % 2 === 1;
};
