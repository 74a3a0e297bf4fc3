import type { Json, JsonObject } from '../json/json';
import { isObject } from '../json/json';
import { OPERATOR, ServiceError, type Services } from '../service';
import { html, page, type Html } from './html';

/** How many executions the list shows. */
const NEWEST = 100;

/** The newest executions of all state machines, as a page. */
export async function executionsPage(services: Services): Promise<Html> {
  const { stateMachines } = await services.call('states', 'ListStateMachines', {}, OPERATOR);
  const lists = await Promise.all(objects(stateMachines).map((machine) => executionsOf(services, machine)));
  const newest = lists.flat().sort((a, b) => seconds(b['startDate']) - seconds(a['startDate']));
  const table = executionsTable(newest.slice(0, NEWEST));
  return page('Executions', newest.length === 0 ? html`<p>Nothing has run yet.</p>` : table);
}

function executionsTable(executions: readonly JsonObject[]): Html {
  const rows = executions.map((execution) => {
    const link = `/console/${encodeURIComponent(text(execution['executionArn']))}`;
    return html`<tr>
      <td>${time(execution['startDate'])}</td>
      <td>${machineName(text(execution['stateMachineArn']))}</td>
      <td><a href="${link}">${text(execution['name'])}</a></td>
      <td>${text(execution['status'])}</td>
      <td>${duration(execution)}</td>
    </tr>`;
  });
  return html`<table>
    <tr>
      <th>Started</th>
      <th>State machine</th>
      <th>Execution</th>
      <th>Status</th>
      <th>Took</th>
    </tr>
    ${rows}
  </table>`;
}

/** One execution and its events, as a page; undefined when there is no such execution. */
export async function executionPage(services: Services, executionArn: string): Promise<Html | undefined> {
  try {
    const execution = await services.call('states', 'DescribeExecution', { executionArn }, OPERATOR);
    const request = { executionArn, maxResults: 1000 };
    const { events } = await services.call('states', 'GetExecutionHistory', request, OPERATOR);
    const { mapRuns } = await services.call('states', 'ListMapRuns', { executionArn }, OPERATOR);
    const runs = await Promise.all(
      objects(mapRuns).map(({ mapRunArn }) => mapRunPart(services, text(mapRunArn))),
    );
    return page(
      text(execution['name']),
      html`<p>
          <a href="/console">All executions</a> · ${machineName(text(execution['stateMachineArn']))} ·
          ${text(execution['status'])} · ${duration(execution)} ${text(execution['error'])}
        </p>
        ${execution['cause'] === undefined ? '' : html`<p>${text(execution['cause'])}</p>`} ${runs}
        <table>
          <tr>
            <th>Id</th>
            <th>After</th>
            <th>Time</th>
            <th>Event</th>
            <th>Details</th>
          </tr>
          ${objects(events).map(eventRow)}
        </table>`,
    );
  } catch (error) {
    // Anything that is not an execution's name is not there either.
    if (error instanceof ServiceError && error.status === 400) return undefined;
    throw error;
  }
}

/** A Map Run of an execution: how far it came, and its newest children. */
async function mapRunPart(services: Services, mapRunArn: string): Promise<Html> {
  const run = await services.call('states', 'DescribeMapRun', { mapRunArn }, OPERATOR);
  const request = { mapRunArn, maxResults: NEWEST };
  const { executions } = await services.call('states', 'ListExecutions', request, OPERATOR);
  const counts = isObject(run['itemCounts']) ? run['itemCounts'] : {};
  const said = ['pending', 'running', 'succeeded', 'failed', 'timedOut', 'aborted']
    .map((name) => `${text(counts[name]) || '0'} ${name}`)
    .filter((words) => !words.startsWith('0 '));
  return html`<h2>Map Run · ${text(run['status'])}</h2>
    <p>${text(counts['total'])} items: ${said.join(', ')}</p>
    ${executionsTable(objects(executions))}`;
}

function eventRow(event: JsonObject): Html {
  const details = Object.entries(event).find(([key]) => key.endsWith('EventDetails'))?.[1];
  return html`<tr>
    <td>${text(event['id'])}</td>
    <td>${text(event['previousEventId'])}</td>
    <td>${time(event['timestamp'])}</td>
    <td>${text(event['type'])}</td>
    <td><pre>${details === undefined ? '' : JSON.stringify(details, null, 2)}</pre></td>
  </tr>`;
}

async function executionsOf(services: Services, machine: JsonObject): Promise<JsonObject[]> {
  const request = { stateMachineArn: machine['stateMachineArn'] ?? '', maxResults: NEWEST };
  const { executions } = await services.call('states', 'ListExecutions', request, OPERATOR);
  return objects(executions);
}

function machineName(arn: string): string {
  return arn.split(':').pop() ?? arn;
}

/** Times in API answers are seconds since the epoch. */
function seconds(value: Json | undefined): number {
  return typeof value === 'number' ? value : 0;
}

function time(value: Json | undefined): string {
  return typeof value === 'number'
    ? new Date(value * 1000).toISOString().replace('T', ' ').replace('Z', '')
    : '';
}

function duration(execution: JsonObject): string {
  const stopped = seconds(execution['stopDate']);
  return stopped === 0
    ? 'still running'
    : `${Math.round((stopped - seconds(execution['startDate'])) * 1000)} ms`;
}

function text(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function objects(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
