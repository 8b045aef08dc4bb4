import { expect, test } from 'vitest';
import { keyspace } from '../../test/_util.ts';
import { KeyspaceTable } from './keyspace-table.ts';
import { ProfileTable } from './profile-table.ts';

const scopes = { send: ['POST /messages'], query: ['GET /messages'] };

test('keys of one keyspace, environment and list of scopes share one profile', () => {
  const keyspaces = new KeyspaceTable();
  const profiles = new ProfileTable(keyspaces.none);
  const one = keyspaces.intern('one');
  const live = profiles.intern(one, 'live', ['send']);
  expect(profiles.intern(one, 'live', ['send'])).toBe(live);
  const others = [
    profiles.intern(keyspaces.intern('other'), 'live', ['send']),
    profiles.intern(one, 'test', ['send']),
    profiles.intern(one, null, ['send']),
    profiles.intern(one, 'live', []),
    profiles.intern(one, 'live', ['send', 'query']),
  ];
  expect(new Set([0, live, ...others]).size).toBe(7);
});

test('a profile has the scopes that the configuration knows, which may be none', () => {
  const keyspaces = new KeyspaceTable();
  const profiles = new ProfileTable(keyspaces.none);
  const configure = (declared: typeof scopes | { send: string[] } | null) => {
    keyspaces.configure([{ definition: keyspace({ scopes: declared }), formerFormats: [] }]);
    profiles.compile();
  };
  const profile = profiles.get(profiles.intern(keyspaces.intern('default'), 'live', ['send', 'query']));
  expect(profile.scopes).toEqual([]);
  configure(scopes);
  expect(profile.scopes).toEqual(['send', 'query']);
  configure({ send: ['POST /messages'] });
  expect(profile.scopes).toEqual(['send']);
  configure(null);
  expect(profile.scopes).toEqual([]);
});
