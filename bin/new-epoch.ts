import { NEW_EPOCH_HELP, parseEpochRequest } from './operations/command-line';
import { giveNewEpochs } from './operations/new-epoch';
import { runCommand } from './operations/run';

void runCommand({ help: NEW_EPOCH_HELP, parse: parseEpochRequest }, (request, installation) =>
  giveNewEpochs(request, installation, (line) => console.log(line)),
);
