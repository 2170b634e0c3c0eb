import { expect, it } from 'vitest';
import { filterTenants, placeTenants } from '../../web/parts/tenant-tree.ts';

const TENANTS = [
  { id: 'a', parentId: null, name: 'Operator' },
  { id: 'd', parentId: 'b', name: 'Zeta' },
  { id: 'c', parentId: 'a', name: 'South' },
  { id: 'b', parentId: 'a', name: 'North' },
  { id: 'e', parentId: 'b', name: 'Acme' },
];

it('puts each tenant below its parent, brothers by name', () => {
  expect(placeTenants(TENANTS).map(({ name, depth }) => `${depth} ${name}`)).toEqual([
    '0 Operator',
    '1 North',
    '2 Acme',
    '2 Zeta',
    '1 South',
  ]);
  expect(placeTenants(TENANTS)[2]?.way).toEqual(['Operator', 'North', 'Acme']);
});

it('shows at the top whose parent is not for the reader to see', () => {
  expect(placeTenants(TENANTS.slice(1)).map(({ name, depth }) => `${depth} ${name}`)).toEqual([
    '0 North',
    '1 Acme',
    '1 Zeta',
    '0 South',
  ]);
});

it('keeps what leads to a match', () => {
  expect(filterTenants(placeTenants(TENANTS), ' acm').map(({ name }) => name)).toEqual(['Operator', 'North', 'Acme']);
  expect(filterTenants(placeTenants(TENANTS), '')).toHaveLength(5);
  expect(filterTenants(placeTenants(TENANTS), 'nobody')).toEqual([]);
});
