// Tenants in the order of their tree, each with its depth and the way to it. Pure.

interface Node {
  readonly id: string;
  readonly parentId: string | null;
  readonly name: string;
}

export type Placed<T extends Node> = T & {
  /** 0: nothing above it is seen. */
  readonly depth: number;
  /** Names from the top down, its own the last. */
  readonly way: readonly string[];
};

/** Each below its parent, brothers by name. What has a parent that is not there stands at the top. */
export function placeTenants<T extends Node>(tenants: readonly T[]): Placed<T>[] {
  const ids = new Set(tenants.map(({ id }) => id));
  const below = new Map<string | null, T[]>();
  for (const tenant of tenants) {
    const parent = tenant.parentId !== null && ids.has(tenant.parentId) ? tenant.parentId : null;
    below.set(parent, [...(below.get(parent) ?? []), tenant]);
  }
  const placed: Placed<T>[] = [];
  const place = (parent: string | null, above: readonly string[]): void => {
    const brothers = (below.get(parent) ?? []).toSorted((a, b) => a.name.localeCompare(b.name));
    for (const tenant of brothers) {
      const way = [...above, tenant.name];
      placed.push({ ...tenant, depth: above.length, way });
      place(tenant.id, way);
    }
  };
  place(null, []);
  return placed;
}

/** Those that match, with all that lead to them: a tree stays a tree. */
export function filterTenants<T extends Node>(placed: readonly Placed<T>[], text: string): Placed<T>[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return [...placed];
  const byId = new Map(placed.map((tenant) => [tenant.id, tenant]));
  const kept = new Set<string>();
  for (const tenant of placed) {
    if (!tenant.name.toLowerCase().includes(wanted)) continue;
    for (let at: Placed<T> | undefined = tenant; at; at = at.parentId === null ? undefined : byId.get(at.parentId)) {
      kept.add(at.id);
    }
  }
  return placed.filter(({ id }) => kept.has(id));
}
