// Every handler of the API, noun by noun. The type asks for exactly one per operation of the contract.
import type { FeedSignal } from '../store/feed-signal.ts';
import type { contract } from './contract.ts';
import type { FrameDeps, Handlers } from './handlers.ts';
import { activityRoutes } from './routes/activity.ts';
import { healthRoutes } from './routes/health.ts';

/** What the API needs of the rest; made by the composition root. */
export interface ApiDeps extends FrameDeps {
  /** Version of the program. */
  readonly version: string;
  readonly feed: FeedSignal;
}

export function routes(deps: ApiDeps): Handlers<typeof contract> {
  return {
    ...healthRoutes(deps),
    ...activityRoutes(deps),
  };
}
