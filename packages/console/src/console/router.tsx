import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { readAuditSearch } from './audit/audit-search.ts';
import { readKeysSearch } from './keys/keys-search.ts';
import { readLiveSearch } from './live/live-search.ts';
import { readOrganizationsSearch } from './organizations/organizations-search.ts';
import { readLoginSearch } from './session/login-search.ts';
import { Shell } from './shell/shell.tsx';
import { FailedView, NoSuchView } from './shell/views.tsx';

/** Every view, each loaded when it is gone to. What of it is shown stands in its address. */

const root = createRootRoute({ notFoundComponent: NoSuchView, errorComponent: FailedView });
const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell });
const behindLogIn = () => shell;
const outside = () => root;

const overview = createRoute({
  getParentRoute: behindLogIn,
  path: '/',
  component: lazyRouteComponent(() => import('./overview/overview-route.tsx'), 'OverviewRoute'),
});
const keys = createRoute({
  getParentRoute: behindLogIn,
  path: '/keys',
  validateSearch: readKeysSearch,
  component: lazyRouteComponent(() => import('./keys/keys-route.tsx'), 'KeysRoute'),
});
const key = createRoute({
  getParentRoute: behindLogIn,
  path: '/keys/$id',
  component: lazyRouteComponent(() => import('./keys/key-route.tsx'), 'KeyRoute'),
});
const live = createRoute({
  getParentRoute: behindLogIn,
  path: '/live',
  validateSearch: readLiveSearch,
  component: lazyRouteComponent(() => import('./live/live-route.tsx'), 'LiveRoute'),
});
const organizations = createRoute({
  getParentRoute: behindLogIn,
  path: '/organizations',
  validateSearch: readOrganizationsSearch,
  component: lazyRouteComponent(
    () => import('./organizations/organizations-route.tsx'),
    'OrganizationsRoute',
  ),
});
const organization = createRoute({
  getParentRoute: behindLogIn,
  path: '/organizations/$id',
  component: lazyRouteComponent(() => import('./organizations/organization-route.tsx'), 'OrganizationRoute'),
});
const audit = createRoute({
  getParentRoute: behindLogIn,
  path: '/audit',
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(() => import('./audit/audit-route.tsx'), 'AuditRoute'),
});
const keyspaces = createRoute({
  getParentRoute: behindLogIn,
  path: '/keyspaces',
  component: lazyRouteComponent(() => import('./keyspaces/keyspaces-route.tsx'), 'KeyspacesRoute'),
});
const operators = createRoute({
  getParentRoute: behindLogIn,
  path: '/operators',
  component: lazyRouteComponent(() => import('./operators/operators-route.tsx'), 'OperatorsRoute'),
});
const people = createRoute({
  getParentRoute: behindLogIn,
  path: '/people',
  component: lazyRouteComponent(() => import('./people/people-route.tsx'), 'PeopleRoute'),
});
const profile = createRoute({
  getParentRoute: behindLogIn,
  path: '/profile',
  component: lazyRouteComponent(() => import('./profile/profile-route.tsx'), 'ProfileRoute'),
});
const login = createRoute({
  getParentRoute: outside,
  path: '/login',
  validateSearch: readLoginSearch,
  component: lazyRouteComponent(() => import('./session/login-route.tsx'), 'LoginRoute'),
});
const setUp = createRoute({
  getParentRoute: outside,
  path: '/setup',
  component: lazyRouteComponent(() => import('./session/set-up-route.tsx'), 'SetUpRoute'),
});
const invitation = createRoute({
  getParentRoute: outside,
  path: '/invitation',
  component: lazyRouteComponent(() => import('./session/invitation-route.tsx'), 'InvitationRoute'),
});

export function createConsoleRouter() {
  return createRouter({
    routeTree: root.addChildren([
      shell.addChildren([
        overview,
        keys,
        key,
        live,
        organizations,
        organization,
        audit,
        keyspaces,
        operators,
        people,
        profile,
      ]),
      login,
      setUp,
      invitation,
    ]),
    basepath: '/console',
    defaultPreload: 'intent',
    scrollRestoration: true,
    // Plain names and values, as everybody writes them.
    parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
    stringifySearch: (search) => {
      const known = Object.entries(search).filter(([, value]) => value !== undefined && value !== '');
      const text = new URLSearchParams(known.map(([name, value]) => [name, String(value)])).toString();
      return text === '' ? '' : `?${text}`;
    },
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
