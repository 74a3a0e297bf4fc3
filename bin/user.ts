import { runCommand } from './operations/run';
import { parseUserRequest, USER_HELP } from './operations/user-command-line';
import { runUserCommand } from './operations/users';

void runCommand({ help: USER_HELP, parse: parseUserRequest }, (request, installation) =>
  runUserCommand(request, installation, (line) => console.log(line)),
);
