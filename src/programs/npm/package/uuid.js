// Random identifiers (RFC 9562, version 4).
const hex = '0123456789abcdef';
exports.v4 = () => 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx'.split('').map((c) => {
  if (c !== 'x' && c !== 'y') return c;
  const n = Math.floor(Math.random() * 16);
  return hex.charAt(c === 'x' ? n : 8 + n % 4);
}).join('');
exports.NIL = '00000000-0000-0000-0000-000000000000';
