import type { JsonObject } from '../json/json';
import { physicalName } from '../template/physical-name';
import { arn, type DeclaredResource, type ResourceModel } from '../template/resource-model';
import type { Bus } from './bus';
import { busNameOf } from './event-entry';
import { parseRule } from './rule';

/** The event buses and rules of a template; who may put events is up to ../iam. Buses come before rules, so a rule finds its bus. */
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
        Tags: 'tags change nothing here',
      },
      ref: (resource) => resource.physicalName,
      attributes: { Arn: busArn, Name: (resource) => resource.physicalName },
      create: (properties, resource) => {
        bus.declareBus(physicalName(properties, 'Name', resource));
      },
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
      attributes: {
        Arn: (resource) => {
          const bus = resource.property?.('EventBusName');
          return ruleArn(resource.physicalName, bus === undefined ? {} : { EventBusName: bus });
        },
      },
      create: (properties, resource) => {
        const name = physicalName(properties, 'Name', resource);
        const identity = {
          name,
          arn: ruleArn(name, properties),
          busName: busNameOf(properties),
          constructId: resource.constructId,
        };
        bus.declareRule(parseRule(identity, properties));
      },
    },
  ];
}

/** Rules of the default bus have no bus in their ARN. */
function ruleArn(name: string, properties: JsonObject): string {
  const busName = busNameOf(properties);
  return arn('events', `rule/${busName === 'default' ? name : `${busName}/${name}`}`);
}
