import { parseRequest, REDRIVE_HELP } from './operations/command-line';
import { redriveMessage } from './operations/redrive';
import { runCommand } from './operations/run';

void runCommand(
  { help: REDRIVE_HELP, parse: (args) => parseRequest(args, { user: false }) },
  (request, installation) => redriveMessage(request, installation, (line) => console.log(line)),
);
