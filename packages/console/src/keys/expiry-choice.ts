/** How long a new key shall live, as it is chosen. */
export const EXPIRY_PRESETS = ['never', '7', '30', '90', '365', 'date'] as const;
export type ExpiryPreset = (typeof EXPIRY_PRESETS)[number];

export interface ExpiryChoice {
  readonly preset: ExpiryPreset;
  /** `2026-12-24`, for the preset `date`. */
  readonly day: string;
}

const DAY_MS = 86_400_000;

/** The presets that a limit on the lifetime leaves. */
export function allowedPresets(maxLifetimeSeconds: number | null): readonly ExpiryPreset[] {
  if (maxLifetimeSeconds === null) return EXPIRY_PRESETS;
  return EXPIRY_PRESETS.filter(
    (preset) => preset === 'date' || Number(preset) * 86_400 <= maxLifetimeSeconds,
  );
}

/** The instant that a choice means; null: never, undefined: none that can be. A day counts to its end, here. */
export function toExpiry({ preset, day }: ExpiryChoice, nowMs: number): string | null | undefined {
  if (preset === 'never') return null;
  const ms = preset === 'date' ? new Date(`${day}T23:59:59`).getTime() : nowMs + Number(preset) * DAY_MS;
  return Number.isNaN(ms) || ms <= nowMs ? undefined : `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
