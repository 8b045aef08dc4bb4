import { RecordArena } from './record-arena.ts';
import { TagIndex } from './tag-index.ts';
import { TextArena } from './text-arena.ts';

/** A state is the number of a set of features and, in its lowest bit, whether the organization is suspended. */
const SUSPENDED = 1;

/** Every organization by id. Organization 0 is the dummy that the dummy key belongs to. */
export class OrganizationTable {
  // One word each and apart from the ids: what a verdict reads of a million organizations is 4 MB.
  readonly #states = new RecordArena(1);
  readonly #ids = new RecordArena(1);
  readonly #texts = new TextArena();
  readonly #index = new TagIndex((organization) =>
    this.#texts.equals(this.#ids.words(organization)[this.#ids.at(organization)]!, this.#sought),
  );
  #sought = '';
  // Few sets of features are ever in use, so each is kept once.
  readonly #featureSets: ReadonlySet<string>[] = [new Set()];
  readonly #featureSetNumbers = new Map<string, number>([['[]', 0]]);

  constructor() {
    this.#allocate();
  }

  /** Organizations known, the dummy not counted. */
  get count(): number {
    return this.#states.count - 1;
  }

  /** The organization with this id, or 0. */
  find(id: string): number {
    const tag = hashOf(id);
    this.#sought = id;
    return this.#index.find(tag >>> 24, tag);
  }

  /** The organization with this id, added when there is none: not suspended, without features. */
  intern(id: string): number {
    const found = this.find(id);
    if (found !== 0) return found;
    const tag = hashOf(id);
    const organization = this.#allocate();
    this.#ids.words(organization)[this.#ids.at(organization)] = this.#texts.store(id);
    this.#index.add(tag >>> 24, tag, organization);
    return organization;
  }

  set(organization: number, suspended: boolean, features: readonly string[]): void {
    this.#states.words(organization)[this.#states.at(organization)] =
      (this.#internFeatures(features) << 1) | (suspended ? SUSPENDED : 0);
  }

  id(organization: number): string {
    return this.#texts.read(this.#ids.words(organization)[this.#ids.at(organization)]!);
  }

  isSuspended(organization: number): boolean {
    return (this.#state(organization) & SUSPENDED) !== 0;
  }

  features(organization: number): ReadonlySet<string> {
    return this.#featureSets[this.#state(organization) >>> 1]!;
  }

  #allocate(): number {
    this.#ids.allocate();
    return this.#states.allocate();
  }

  #state(organization: number): number {
    return this.#states.words(organization)[this.#states.at(organization)]!;
  }

  #internFeatures(features: readonly string[]): number {
    const spelling = JSON.stringify(features);
    const known = this.#featureSetNumbers.get(spelling);
    if (known !== undefined) return known;
    const number = this.#featureSets.push(new Set(features)) - 1;
    this.#featureSetNumbers.set(spelling, number);
    return number;
  }
}

/** FNV-1a over the text's code units, finished as in MurmurHash3 so that every bit depends on all of it. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
