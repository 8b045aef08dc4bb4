import type { PersonProof } from '../people-records.ts';
import { parseList } from './json-columns.ts';
import type { PersonRow } from './person-rows.ts';
import type { Transaction } from './transaction.ts';

/** Says whether what was proved still stands, and uses up what counts once. */
export async function takeProof(
  tx: Transaction,
  person: PersonRow,
  { passwordHash, second }: PersonProof,
): Promise<boolean> {
  if (person.password_hash !== passwordHash) return false;
  if (person.totp_secret === null) return true;
  if (second.kind === 'totp') {
    if (person.totp_secret !== second.secret) return false;
    if (person.totp_last_step !== null && second.step <= person.totp_last_step) return false;
    await updatePerson(tx, person, { totp_last_step: second.step });
    return true;
  }
  if (second.kind === 'none') return false;
  const left = parseList(person.recovery_digests).filter((digest) => digest !== second.digest);
  if (left.length === parseList(person.recovery_digests).length) return false;
  await updatePerson(tx, person, { recovery_digests: JSON.stringify(left) });
  return true;
}

export async function updatePerson(
  tx: Transaction,
  { position }: PersonRow,
  columns: Partial<Omit<PersonRow, 'position' | 'id'>>,
): Promise<void> {
  await tx.db.updateTable('person').set(columns).where('position', '=', position).execute();
}
