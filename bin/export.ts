import { EXPORT_HELP, parseExportRequest } from './operations/command-line';
import { exportPerson } from './operations/export';
import { runCommand } from './operations/run';

void runCommand({ help: EXPORT_HELP, parse: parseExportRequest }, (request, installation) =>
  exportPerson(request, installation, (line) => console.log(line)),
);
