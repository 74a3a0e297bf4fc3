import { resolveFunctionName } from '../functions/function-names';
import type { JsonObject } from '../json/json';
import { requiredText, text, texts } from '../json/members';
import { arn, type ResourceModel } from '../template/resource-model';
import type { Iam } from './iam';

/** Who may use the functions, queues, topics and buses of a template by the policies of these. */
export function resourcePolicyModels(iam: Iam): ResourceModel[] {
  const model = (
    type: string,
    properties: readonly string[],
    create: (properties: JsonObject) => void,
  ): ResourceModel => ({
    type,
    properties,
    ref: (resource) => resource.physicalName,
    attributes: { Id: (resource) => resource.physicalName },
    create,
  });
  return [
    model(
      'AWS::Lambda::Permission',
      ['FunctionName', 'Action', 'Principal', 'SourceArn', 'SourceAccount'],
      (given) => {
        const { name } = resolveFunctionName(requiredText(given, 'FunctionName'));
        const resource = arn('lambda', `function:${name}`);
        iam.attachToResource(resource, { Statement: permission(given, resource) });
      },
    ),
    model('AWS::SQS::QueuePolicy', ['Queues', 'PolicyDocument'], (given) => {
      for (const url of texts(given, 'Queues')) {
        iam.attachToResource(arn('sqs', url.slice(url.lastIndexOf('/') + 1)), given['PolicyDocument']);
      }
    }),
    model('AWS::SNS::TopicPolicy', ['Topics', 'PolicyDocument'], (given) => {
      for (const topic of texts(given, 'Topics')) iam.attachToResource(topic, given['PolicyDocument']);
    }),
    model('AWS::Events::EventBusPolicy', ['EventBusName', 'StatementId', 'Statement'], (given) => {
      const bus = text(given, 'EventBusName') ?? 'default';
      const statement = given['Statement'];
      if (statement === undefined) throw new Error('only a policy with a Statement is modelled');
      iam.attachToResource(arn('events', `event-bus/${bus}`), { Statement: statement });
    }),
  ];
}

/** The statement that Lambda makes of a permission. */
function permission(given: JsonObject, resource: string): JsonObject {
  const principal = requiredText(given, 'Principal');
  const sourceArn = text(given, 'SourceArn');
  const sourceAccount = text(given, 'SourceAccount');
  const condition: JsonObject = {};
  if (sourceArn !== undefined) condition['ArnLike'] = { 'aws:SourceArn': sourceArn };
  if (sourceAccount !== undefined) condition['StringEquals'] = { 'aws:SourceAccount': sourceAccount };
  return {
    Effect: 'Allow',
    Principal:
      principal === '*'
        ? '*'
        : principal.includes('.amazonaws.com')
          ? { Service: principal }
          : { AWS: principal },
    Action: requiredText(given, 'Action'),
    Resource: resource,
    Condition: condition,
  };
}
