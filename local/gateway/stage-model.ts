import type { ResourceModel } from '../template/resource-model';
import { TO_READ } from './api-parts';
import type { Definitions } from './definitions';
import { Properties } from './properties';
import { readStageSettings } from './stage-settings';

/** `AWS::ApiGatewayV2::Stage`: its name is the path at which clients connect. */
export function stageModel(definitions: Definitions): ResourceModel {
  return {
    type: 'AWS::ApiGatewayV2::Stage',
    properties: [
      'ApiId',
      'StageName',
      'AutoDeploy',
      'DeploymentId',
      'AccessLogSettings',
      'DefaultRouteSettings',
      'RouteSettings',
    ],
    ignoredProperties: { Description: TO_READ, Tags: TO_READ },
    ref: (resource) => resource.physicalName,
    attributes: {},
    create(properties, resource) {
      const read = new Properties(properties, resource);
      if (read.flag('AutoDeploy') !== true && read.optionalText('DeploymentId') === undefined) {
        read.fail('has neither AutoDeploy nor a DeploymentId, so on AWS nothing would be deployed to it');
      }
      const settings = readStageSettings(read, resource);
      definitions.addStage({ ...settings, api: definitions.api(read.text('ApiId')) });
    },
  };
}
