import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

// Answers every call with a row, in a process of its own, so that its work is not taken for the client's.
const ROW = JSON.stringify({
  Item: {
    connectionId: { S: 'L0SM9cOFvHcCIhw=' },
    name: { S: 'George' },
    rooms: { SS: ['lobby'] },
    connectedAt: { N: '1790000000000' },
  },
});

const server = createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0', 'content-length': ROW.length });
    response.end(ROW);
  });
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit());
