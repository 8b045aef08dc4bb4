/** Where something stands in a file; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Of what did not come from a text: no line, no column. */
export const NOWHERE: Position = { line: 0, column: 0 };

/** One thing that is wrong with a configuration file. */
export interface ConfigurationProblem extends Position {
  readonly file: string;
  /** The field, as `keyspaces.esms-africa.key.format` or `keyspaces.x.environments[1]`; empty for the file as a whole. */
  readonly field: string;
  /** What is wrong, then what to do. */
  readonly message: string;
}

/** Field names and list indexes from the top of the file. */
export type FieldPath = readonly (string | number)[];

/** Past this many the rest is only counted: what is behind so many has one cause. */
const MAX_PROBLEMS = 200;
const MAX_QUOTED_CHARACTERS = 80;

/** Collects what is wrong with one file, in the order of its lines. */
export interface ProblemCollector {
  /** How many were added so far. */
  readonly count: number;
  add(at: Position, path: FieldPath, message: string): void;
  list(): readonly ConfigurationProblem[];
}

export function createProblemCollector(file: string): ProblemCollector {
  const problems: ConfigurationProblem[] = [];
  const places = new Set<string>();
  let count = 0;
  return {
    get count() {
      return count;
    },
    add(at, path, message) {
      const field = toFieldName(path);
      const place = `${at.line}:${at.column} ${field}`;
      // The first problem of a field is the cause of those after it; the file as a whole may have several.
      if (field !== '' && places.has(place)) return;
      places.add(place);
      count++;
      if (count > MAX_PROBLEMS) return;
      problems.push({ file, line: at.line, column: at.column, field, message });
    },
    list() {
      const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
      const last = sorted.at(-1);
      if (count > MAX_PROBLEMS && last !== undefined) {
        sorted.push({
          ...last,
          field: '',
          message: `and ${count - MAX_PROBLEMS} more problems; repair these first`,
        });
      }
      return sorted;
    },
  };
}

/** One line: `keyhold.yaml:12:7 keyspaces.x.key.format: message`. */
export function formatProblem({ file, line, column, field, message }: ConfigurationProblem): string {
  const place = line === NOWHERE.line ? file : `${file}:${line}:${column}`;
  return `${place} ${field === '' ? '' : `${field}: `}${message}`;
}

/** A piece of the file inside a message: quoted, on one line, and not longer than a message should be. */
export function quote(text: string): string {
  const shown = text.length > MAX_QUOTED_CHARACTERS ? `${text.slice(0, MAX_QUOTED_CHARACTERS)}…` : text;
  return JSON.stringify(shown);
}

function toFieldName(path: FieldPath): string {
  let name = '';
  for (const part of path) {
    if (typeof part === 'number') name += `[${part}]`;
    else {
      const shown = /^[\w.-]{1,80}$/.test(part) ? part : quote(part);
      name += name === '' ? shown : `.${shown}`;
    }
  }
  return name;
}
