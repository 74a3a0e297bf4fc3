import { ERASE_HELP, parseEraseRequest } from './operations/command-line';
import { erasePerson } from './operations/erase';
import { runCommand } from './operations/run';

void runCommand({ help: ERASE_HELP, parse: parseEraseRequest }, async (request, installation) => {
  const receipt = await erasePerson(request, installation, (line) => console.error(line));
  if (receipt !== undefined) console.log(JSON.stringify(receipt, null, 2));
});
