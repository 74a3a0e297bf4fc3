import type { Json, JsonObject } from '../json/json';
import { isObject } from '../json/json';

/** The property by which a template may choose a resource's physical name. */
const NAME_PROPERTIES: Readonly<Record<string, string>> = {
  'AWS::ApiGatewayV2::Stage': 'StageName',
  'AWS::Cognito::UserPoolDomain': 'Domain',
  'AWS::Cognito::UserPoolGroup': 'GroupName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::Events::EventBus': 'Name',
  'AWS::Events::Rule': 'Name',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
};

/** The name that the template gives the resource, intrinsics unresolved; undefined when CloudFormation names it. */
export function chosenName(type: string, properties: JsonObject): Json | undefined {
  const property = NAME_PROPERTIES[type];
  return property === undefined ? undefined : properties[property];
}

/** The construct id of DeclaredResource, from the `aws:cdk:path` that synthesis leaves; else the logical id. */
export function constructId(logicalId: string, metadata: Json | undefined): string {
  const path = isObject(metadata) ? metadata['aws:cdk:path'] : undefined;
  if (typeof path !== 'string') return logicalId;
  const segments = path.split('/');
  const last = segments.pop();
  return (last === 'Resource' ? segments.pop() : last) ?? logicalId;
}
