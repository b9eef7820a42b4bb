const http = require('http');

const port = process.env.PORT || 3000;

const server = http.createServer((req, res) => {
  console.log(req.method + ' ' + req.url);
  res.end('Hello from myapp!\n');
});

server.listen(port, () => {
  console.log('Server running on port ' + port);
});
