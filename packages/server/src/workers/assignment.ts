import type { GatewayDefinition } from '@keyhold/gateway';
import type { Configuration } from '../config/configuration.ts';
import type { Settings } from '../settings/settings.ts';

/** What a worker is told to serve: settings and configuration as the primary has read them. Never logged. */
export interface Assignment {
  readonly settings: PlainSettings;
  readonly configuration: PlainConfiguration;
}

// Structured cloning knows no URL, so they cross as texts.

type PlainSettings = Omit<Settings, 'publicUrl'> & { readonly publicUrl: string | null };

type PlainConfiguration = Omit<Configuration, 'gateways'> & { readonly gateways: readonly PlainGateway[] };

type PlainGateway = Omit<GatewayDefinition, 'upstream' | 'publicUrl'> & {
  readonly upstream: { readonly all: string } | { readonly byEnvironment: ReadonlyMap<string, string> };
  readonly publicUrl: string | null;
};

export function toAssignment(settings: Settings, configuration: Configuration): Assignment {
  return {
    settings: { ...settings, publicUrl: settings.publicUrl?.href ?? null },
    configuration: { ...configuration, gateways: configuration.gateways.map(toPlainGateway) },
  };
}

export function readAssignment({ settings, configuration }: Assignment): {
  readonly settings: Settings;
  readonly configuration: Configuration;
} {
  return {
    settings: { ...settings, publicUrl: toUrl(settings.publicUrl) },
    configuration: { ...configuration, gateways: configuration.gateways.map(toGateway) },
  };
}

function toPlainGateway({ upstream, publicUrl, ...rest }: GatewayDefinition): PlainGateway {
  return {
    ...rest,
    publicUrl: publicUrl?.href ?? null,
    upstream:
      'all' in upstream
        ? { all: upstream.all.href }
        : { byEnvironment: new Map([...upstream.byEnvironment].map(([id, url]) => [id, url.href])) },
  };
}

function toGateway({ upstream, publicUrl, ...rest }: PlainGateway): GatewayDefinition {
  return {
    ...rest,
    publicUrl: toUrl(publicUrl),
    upstream:
      'all' in upstream
        ? { all: new URL(upstream.all) }
        : { byEnvironment: new Map([...upstream.byEnvironment].map(([id, href]) => [id, new URL(href)])) },
  };
}

function toUrl(href: string | null): URL | null {
  return href === null ? null : new URL(href);
}
