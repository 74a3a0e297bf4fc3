import { EXPLAIN_HELP, parseRequest } from './operations/command-line';
import { explain } from './operations/explain';
import { runCommand } from './operations/run';

void runCommand(
  { help: EXPLAIN_HELP, parse: (args) => parseRequest(args, { user: true }) },
  async (request, installation) => {
    for (const line of await explain(request, installation)) console.log(line);
  },
);
