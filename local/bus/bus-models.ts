import { physicalName } from '../template/physical-name';
import { arn, type DeclaredResource, type ResourceModel } from '../template/resource-model';
import type { Bus } from './bus';
import { busNameOf } from './event-entry';
import { parseRule } from './rule';

/** The event buses and rules of a template. Buses come before rules, so a rule finds its bus. */
export function busModels(bus: Bus): ResourceModel[] {
  const busArn = (resource: DeclaredResource) => arn('events', `event-bus/${resource.physicalName}`);
  return [
    {
      type: 'AWS::Events::EventBus',
      properties: ['Name'],
      ignoredProperties: {
        Description: 'read by people only',
        LogConfig: 'log delivery is not modelled; a dropped event is reported on the console',
        DeadLetterConfig:
          'it takes events that a customer managed key could not decrypt; there are no keys here',
        KmsKeyIdentifier: 'nothing is encrypted at rest on this machine',
        Policy: 'resource policies are not evaluated here',
        Tags: 'tags change nothing here',
      },
      ref: (resource) => resource.physicalName,
      attributes: { Arn: busArn, Name: (resource) => resource.physicalName },
      create: (properties, resource) => {
        bus.declareBus(physicalName(properties, 'Name', resource));
      },
    },
    {
      type: 'AWS::Events::EventBusPolicy',
      properties: [],
      ignoredProperties: {
        EventBusName: 'resource policies are not evaluated here',
        StatementId: 'resource policies are not evaluated here',
        Statement: 'resource policies are not evaluated here',
      },
      ref: (resource) => resource.physicalName,
      attributes: {},
      create: () => undefined,
    },
    {
      type: 'AWS::Events::Rule',
      properties: [
        'Name',
        'EventBusName',
        'EventPattern',
        'ScheduleExpression',
        'State',
        'Targets',
        'Description',
      ],
      ignoredProperties: { Tags: 'tags change nothing here' },
      ref: (resource) => resource.physicalName,
      // The ARN has the bus in it, which is known when the rule is created; nothing but permissions and
      // policies, which are not evaluated against it here, refers to it before.
      attributes: { Arn: (resource) => arn('events', `rule/${resource.physicalName}`) },
      create: (properties, resource) => {
        const name = physicalName(properties, 'Name', resource);
        const busName = busNameOf(properties);
        const path = busName === 'default' ? name : `${busName}/${name}`;
        const identity = {
          name,
          arn: arn('events', `rule/${path}`),
          busName,
          constructId: resource.constructId,
        };
        bus.declareRule(parseRule(identity, properties));
      },
    },
  ];
}
