import type { Defects } from './defects.ts';

/** A process that answers under grants of this one, as this one knows it. */
export interface Child {
  connected: boolean;
  /** It has been sent every change that this process applied: from now on it gets each as it is applied. */
  synced: boolean;
  ackedSeq: number;
  /** On this process's monotonic clock; the child stops before it. 0: never had one. */
  grantUntilMs: number;
  /** What was applied here when the last grant was given. */
  grantedSeq: number;
  /** Asked for and not granted yet. */
  nonce: number | null;
}

/** By the child's own id. One that is cut off stays until its grant has run out: it may be answering still. */
export type Children = { [id: string]: Child };

export interface Grant {
  readonly child: string;
  readonly nonce: number;
  readonly ttlMs: number;
  readonly seq: number;
}

export interface GrantEffect {
  readonly kind: 'grant';
  readonly grant: Grant;
}

export interface StopChildEffect {
  readonly kind: 'stop_child';
  readonly child: string;
}

/** What a parent of whatever kind does to its children. */
export type ChildEffect = GrantEffect | StopChildEffect;

export type ChildEvent =
  | { readonly kind: 'child_attached' | 'child_synced'; readonly child: string }
  | { readonly kind: 'child_detached' | 'child_stopped'; readonly child: string }
  | {
      readonly kind: 'child_renewed';
      readonly child: string;
      readonly nonce: number;
      readonly ackedSeq: number;
    }
  | { readonly kind: 'child_acked'; readonly child: string; readonly ackedSeq: number };

export function handleChildEvent(children: Children, event: ChildEvent): void {
  if (event.kind === 'child_attached') {
    const known = children[event.child];
    if (known === undefined) children[event.child] = createChild();
    else Object.assign(known, { connected: true, synced: false, ackedSeq: 0, nonce: null });
    return;
  }
  const child = children[event.child];
  if (child === undefined) return;
  switch (event.kind) {
    case 'child_synced':
      child.synced = true;
      break;
    case 'child_detached':
      Object.assign(child, { connected: false, synced: false, nonce: null });
      break;
    case 'child_stopped':
      delete children[event.child];
      break;
    case 'child_renewed':
      child.nonce = event.nonce;
      child.ackedSeq = Math.max(child.ackedSeq, event.ackedSeq);
      break;
    case 'child_acked':
      child.ackedSeq = Math.max(child.ackedSeq, event.ackedSeq);
      break;
  }
}

function createChild(): Child {
  return { connected: true, synced: false, ackedSeq: 0, grantUntilMs: 0, grantedSeq: 0, nonce: null };
}

/** Up to where this process and everyone who may be answering under it are: what it may acknowledge to others. */
export function ackableSeq(children: Children, settledSeq: number, nowMs: number, defects: Defects): number {
  if (defects.has('acks_without_children')) return settledSeq;
  let seq = settledSeq;
  for (const id in children) {
    const child = children[id];
    if (child !== undefined && nowMs < child.grantUntilMs) seq = Math.min(seq, child.ackedSeq);
  }
  return seq;
}

/**
 * Answers the children that ask, while this process may answer itself, and drops those that went away and can answer no
 * more. One that is behind what it was granted for last gets none until it has acknowledged that, so that a stuck child
 * holds up writes for one grant and no longer.
 */
export function giveGrants(
  { children, appliedSeq }: { readonly children: Children; readonly appliedSeq: number },
  from: { readonly nowMs: number; readonly remainingMs: number; readonly maxTtlMs: number },
  defects: Defects,
): GrantEffect[] {
  const { nowMs, remainingMs, maxTtlMs } = from;
  const effects: GrantEffect[] = [];
  const ttlMs = defects.has('uncapped_child_ttl') ? maxTtlMs : Math.min(maxTtlMs, remainingMs);
  for (const [id, child] of Object.entries(children)) {
    if (remainingMs > 0 && child.nonce !== null && child.synced && child.ackedSeq >= child.grantedSeq) {
      const grant = { child: id, nonce: child.nonce, ttlMs, seq: appliedSeq };
      effects.push({ kind: 'grant', grant });
      child.nonce = null;
      child.grantedSeq = appliedSeq;
      child.grantUntilMs = Math.max(child.grantUntilMs, nowMs + ttlMs);
    }
    if (!child.connected && child.grantUntilMs <= nowMs) delete children[id];
  }
  return effects;
}

/** What tells every child to stop. */
export function stopChildren(children: Children): StopChildEffect[] {
  return Object.keys(children).map((child) => ({ kind: 'stop_child', child }));
}

/**
 * The table was emptied: no child is granted to until it has been sent the next one, which may go less far. What it
 * acknowledged was of this one; what of that is still on its way is not to be told here.
 */
export function unsyncChildren(children: Children): void {
  for (const child of Object.values(children)) {
    Object.assign(child, { synced: false, ackedSeq: 0, grantedSeq: 0, nonce: null });
  }
}

/** Whether anyone may still be answering under this process. */
export function hasLiveGrants(children: Children, nowMs: number): boolean {
  return Object.values(children).some(({ grantUntilMs }) => nowMs < grantUntilMs);
}

/** When a grant runs out next; Infinity: none is out. */
export function nextGrantEndMs(children: Children, nowMs: number): number {
  let endMs = Number.POSITIVE_INFINITY;
  for (const id in children) {
    const untilMs = children[id]?.grantUntilMs ?? 0;
    if (nowMs < untilMs) endMs = Math.min(endMs, untilMs);
  }
  return endMs;
}
