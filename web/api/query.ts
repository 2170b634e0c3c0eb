// The cache of what the API answered, and how it is asked. Keys begin with the noun, so that one line of the feed can say what
// is no longer true (live/feed.ts).
import { QueryClient, queryOptions } from '@tanstack/react-query';
import { type Address, type Answer, call, type Query } from './client.ts';
import { isProblem } from './problem.ts';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // What changes by itself is told by the live feed.
      staleTime: 15_000,
      refetchOnWindowFocus: true,
      // Only what may go away by itself: no answer, and a server in trouble. What took too long is not asked for again at once.
      retry: (failures, error) =>
        failures < 2 && isProblem(error) && error.code !== 'too-slow' && (error.status === 0 || error.status >= 502),
      retryDelay: (attempt) => Math.min(1_000 * 2 ** attempt, 8_000),
    },
    mutations: { retry: false },
  },
});

/** `GET /pbxs/{id}` is kept as ['pbxs', 'GET /pbxs/{id}', {...}]. */
export function keyOf(address: Address, parts: object = {}): readonly unknown[] {
  const noun = address.slice(address.indexOf(' ') + 2).split('/', 1)[0];
  return [noun, address, parts];
}

/** A GET as TanStack Query wants it: `useQuery(read('GET /pbxs/{id}', { params: { id } }))`. */
export function read<A extends Address & `GET ${string}`>(
  address: A,
  parts: { readonly params?: object; readonly query?: Query<A> } = {},
) {
  return queryOptions<Answer<A>>({
    queryKey: keyOf(address, parts),
    // biome-ignore lint/suspicious/noExplicitAny: which parts an address needs is checked where `call` is called by hand.
    queryFn: ({ signal }) => (call as any)(address, { ...parts, signal }) as Promise<Answer<A>>,
  });
}
