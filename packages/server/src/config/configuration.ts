import { createReadStream } from 'node:fs';
import {
  defaultKeyspaceDefinition,
  type JsonObject,
  KeyholdError,
  type KeyspaceDefinition,
} from '@keyhold/core';
import type { GatewayDefinition } from '@keyhold/gateway';
import { z } from 'zod';
import type { OidcSettings } from '../console/oidc-settings.ts';
import { defaultGuide, type GuideDefinition } from '../guide/guide-definition.ts';
import { systemErrorCode } from '../process/system-error.ts';
import { readGateway, toPolicy } from './gateway-section.ts';
import { readGuide } from './guide-section.ts';
import { readKeyspace } from './keyspace-section.ts';
import { checkListeners, type LocatedListener } from './listeners.ts';
import { toConfigTree } from './object-tree.ts';
import { readOidc } from './oidc-section.ts';
import {
  type ConfigurationProblem,
  createProblemCollector,
  formatProblem,
  type ProblemCollector,
} from './problem.ts';
import { expectMap, readSection, type Section } from './section.ts';
import { SETTINGS } from './settings-section.ts';
import { type ConfigNode, MAX_CONFIGURATION_BYTES, parseYamlTree, toPlainMap } from './yaml-tree.ts';

/** A configuration file, checked whole, with every default filled in. */
export interface Configuration {
  readonly keyspaces: readonly KeyspaceDefinition[];
  readonly gateways: readonly GatewayDefinition[];
  /** One for each keyspace. */
  readonly guides: readonly GuideDefinition[];
  /** What the section `settings` says, as written; flags and environment come before it. */
  readonly settings: JsonObject;
  /** Its section `oidc`; null: there is none. */
  readonly oidc: Omit<OidcSettings, 'clientSecret'> | null;
}

export type ConfigurationResult =
  | { readonly ok: true; readonly configuration: Configuration }
  | { readonly ok: false; readonly problems: readonly ConfigurationProblem[] };

export const FILE = {
  title: 'keyhold.yaml',
  description: 'The file. All of it is optional: without `keyspaces` there is one, `default`.',
  fields: z.strictObject({}),
  sections: { keyspaces: 'Map: id → keyspace.', settings: 'How this process runs.' },
} satisfies Section<z.ZodRawShape>;

const MAX_KEYSPACES = 1000;

/** What runs when there is no file. */
export function defaultConfiguration(): Configuration {
  const keyspace = defaultKeyspaceDefinition();
  return { keyspaces: [keyspace], gateways: [], guides: [defaultGuide(keyspace)], settings: {}, oidc: null };
}

/**
 * Reads a configuration file's text.
 *
 * @param file its path, for messages and for the relative paths in it.
 * @returns every problem at once, in the order of the lines. Never throws for what the text holds.
 */
export function readConfiguration(file: string, text: string): ConfigurationResult {
  const problems = createProblemCollector(file);
  return readTree(parseYamlTree(text, problems), file, problems);
}

/**
 * Takes what a program holds in the shape of the file: the same fields, checked by the same code.
 *
 * @param name what messages call it, in the place of a file. Relative paths in it start at the working directory.
 * @throws {KeyholdError} `configuration_invalid` with one line for each problem, which names the field.
 */
export function toConfiguration(name: string, value: unknown): Configuration {
  const problems = createProblemCollector(name);
  return expectRight(readTree(toConfigTree(value, problems), name, problems));
}

/**
 * Reads the configuration file at `file`.
 *
 * @throws {KeyholdError} `configuration_invalid` with one line for each problem.
 */
export async function loadConfiguration(file: string): Promise<Configuration> {
  return expectRight(readConfiguration(file, await readConfigurationText(file)));
}

function expectRight(result: ConfigurationResult): Configuration {
  if (result.ok) return result.configuration;
  throw new KeyholdError('configuration_invalid', result.problems.map(formatProblem).join('\n'));
}

/** @throws {KeyholdError} `configuration_invalid` when the file cannot be read. */
export async function readConfigurationText(file: string): Promise<string> {
  try {
    // One byte more than allowed says "too large" as well as all of them.
    const chunks: Buffer[] = await createReadStream(file, { end: MAX_CONFIGURATION_BYTES }).toArray();
    const bytes = Buffer.concat(chunks);
    return new TextDecoder('utf-8', { fatal: bytes.length <= MAX_CONFIGURATION_BYTES }).decode(bytes);
  } catch (error) {
    const reason = error instanceof TypeError ? 'is not UTF-8' : `cannot be read (${systemErrorCode(error)})`;
    throw new KeyholdError('configuration_invalid', `${file} ${reason}; name the right file with --config`, {
      cause: error,
    });
  }
}

function readTree(root: ConfigNode | null, file: string, problems: ProblemCollector): ConfigurationResult {
  const configuration = root === null ? null : readRoot(root, file, problems);
  if (configuration === null || problems.count > 0) return { ok: false, problems: problems.list() };
  return { ok: true, configuration };
}

function readRoot(root: ConfigNode, file: string, problems: ProblemCollector): Configuration | null {
  const { below } = readSection(FILE, root, [], problems);
  const settingsNode = below.get('settings');
  const settingsBelow = readSection(SETTINGS, settingsNode, ['settings'], problems).below;
  const oidcNode = settingsBelow.get('oidc');
  const oidc = oidcNode === undefined ? null : readOidc(oidcNode, ['settings', 'oidc'], problems);
  const settings = settingsNode?.kind === 'map' ? toPlainMap(settingsNode) : {};
  const keyspacesNode = below.get('keyspaces');
  if (keyspacesNode === undefined) return { ...defaultConfiguration(), settings, oidc };
  return { ...readKeyspaces(keyspacesNode, file, problems), settings, oidc };
}

function readKeyspaces(
  node: ConfigNode,
  file: string,
  problems: ProblemCollector,
): Omit<Configuration, 'settings' | 'oidc'> {
  const keyspaces: KeyspaceDefinition[] = [];
  const gateways: GatewayDefinition[] = [];
  const guides: GuideDefinition[] = [];
  const listeners: LocatedListener[] = [];
  const entries = expectMap(node, ['keyspaces'], problems)?.entries ?? new Map();
  if (node.kind === 'map' && (entries.size === 0 || entries.size > MAX_KEYSPACES)) {
    problems.add(
      node.at,
      ['keyspaces'],
      `names ${entries.size} keyspaces; name 1 to ${MAX_KEYSPACES}, or leave it out for the default one`,
    );
    return { keyspaces, gateways, guides };
  }
  for (const [id, { keyAt, node: keyspaceNode }] of entries) {
    const path = ['keyspaces', id];
    if (expectMap(keyspaceNode, path, problems) === null) continue;
    const keyspace = readKeyspace({ id, keyAt }, keyspaceNode, path, problems);
    const { definition } = keyspace;
    const guide = readGuide(keyspace, [...path, 'guide'], problems);
    if (guide !== null) guides.push(guide);
    if (keyspace.gateway === undefined) {
      if (definition !== null) keyspaces.push(definition);
      continue;
    }
    const gatewayPath = [...path, 'gateway'];
    const gateway = readGateway(id, keyspace.gateway, gatewayPath, keyspace, file, problems);
    if (definition !== null && gateway.definition !== null) {
      keyspaces.push({ ...definition, gateway: toPolicy(gateway.definition) });
      gateways.push(gateway.definition);
    }
    const { listen, hasTls } = gateway;
    if (listen !== null) {
      listeners.push({ keyspace: id, listen, hasTls, node: keyspace.gateway, path: gatewayPath });
    }
  }
  checkListeners(listeners, problems);
  return { keyspaces, gateways, guides };
}
