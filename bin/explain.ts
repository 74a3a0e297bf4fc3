import { EXPLAIN_HELP } from './operations/command-line';
import { explain } from './operations/explain';
import { runCommand } from './operations/run';

void runCommand({ help: EXPLAIN_HELP, user: true }, async (request, installation) => {
  for (const line of await explain(request, installation)) console.log(line);
});
