import { runConnectionsCommand } from './operations/connections';
import { CONNECTIONS_HELP, parseConnectionsRequest } from './operations/connections-command-line';
import { runCommand } from './operations/run';

void runCommand({ help: CONNECTIONS_HELP, parse: parseConnectionsRequest }, async (request, installation) => {
  await runConnectionsCommand(request, installation, (line) => console.log(line));
});
