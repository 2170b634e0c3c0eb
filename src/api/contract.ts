// The whole API: every operation of every noun. A new noun is one line here and one in routes.ts.
import { activityContract } from './contract/activity.ts';
import { healthContract } from './contract/health.ts';
import { macContract } from './contract/macs.ts';
import { userContract } from './contract/users.ts';
import { pbxContract } from './contract/pbxs.ts';

export const contract = {
  ...healthContract,
  ...pbxContract,
  ...userContract,
  ...macContract,
  ...activityContract,
};
