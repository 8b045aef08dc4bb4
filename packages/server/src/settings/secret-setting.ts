import { readFileSync } from 'node:fs';
import { KeyholdError } from '@keyhold/core';
import { systemErrorCode } from '../process/system-error.ts';

/**
 * A secret from the environment: `NAME` itself, or the file that `NAME_FILE` names. Never a flag, which every user of
 * the machine could read.
 *
 * @returns null when neither is set.
 * @throws {KeyholdError} `settings_invalid` when both are, or the file cannot be read.
 */
export function readSecretSetting(
  name: string,
  environment: { readonly [variable: string]: string | undefined },
): string | null {
  const secret = environment[name] ?? '';
  const file = environment[`${name}_FILE`] ?? '';
  if (secret !== '' && file !== '')
    throw new KeyholdError('settings_invalid', `${name} and ${name}_FILE are both set; keep one`);
  if (file === '') return secret === '' ? null : secret;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new KeyholdError(
      'settings_invalid',
      `${name}_FILE: ${file} cannot be read (${systemErrorCode(error)}); name a file that can`,
      { cause: error },
    );
  }
}
