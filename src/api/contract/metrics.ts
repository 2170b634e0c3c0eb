// Metrics for Prometheus and the like: of what the caller may see, so that a reseller can watch their own.
import { operation } from './operation.ts';

export const metricsContract = {
  getMetrics: operation({
    method: 'get',
    path: '/metrics',
    action: 'pbx.read',
    tag: 'health',
    summary: 'Read metrics in the text format of Prometheus',
    description:
      'Users by status, users that are due, when certificates end, and deliveries of webhooks by state: of what the caller may see.',
    status: 200,
    produces: 'text/plain',
  }),
};
