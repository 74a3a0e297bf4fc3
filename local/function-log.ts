import { isObject, type JsonObject } from './json/json';
import { parseJson } from './json/parse-json';

const IMPORTANT = ['WARN', 'WARNING', 'ERROR', 'FATAL'];

/**
 * What the terminal shows of a function's log line: the level and message of warnings and errors, in both of
 * Lambda's log formats; undefined for everything else, which is in the log group.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
 */
export function importantLine(line: string): string | undefined {
  const entry = parseEntry(line);
  if (entry === undefined) {
    // Text format: time, request id, level and message, with tabs between them.
    const [, level = '', message = ''] = /^[^\t]*\t[^\t]*\t(WARN|ERROR|FATAL)\t([^\n]*)/.exec(line) ?? [];
    return level === '' ? undefined : `${level} ${message}`;
  }
  const level = typeof entry['level'] === 'string' ? entry['level'].toUpperCase() : '';
  if (!IMPORTANT.includes(level)) return undefined;
  const { message = '', errorMessage, error } = entry;
  const details = errorMessage ?? (isObject(error) ? error['message'] : error);
  return [level, textOf(message), ...(details === undefined ? [] : [textOf(details)])].join(' ');
}

function parseEntry(line: string): JsonObject | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const entry = parseJson(line);
    return isObject(entry) ? entry : undefined;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
