module.exports = (value) => (typeof value === 'number' ? value - value === 0 : typeof value === 'string' && value.trim() !== '' && !isNaN(Number(value)));
