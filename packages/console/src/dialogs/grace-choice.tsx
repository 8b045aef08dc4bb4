import { useSurroundings } from '../keys/surroundings.tsx';
import { Choices } from '../ui/field.tsx';

const GRACES_SECONDS = [900, 3_600, 6 * 3_600, 24 * 3_600, 7 * 24 * 3_600];
const USUAL_SECONDS = 24 * 3_600;

/** The graces to choose from: the usual ones that are allowed, and the longest. */
function allowedGraces(maxSeconds: number): readonly number[] {
  if (maxSeconds === 0) return [0];
  return [...new Set([0, ...GRACES_SECONDS.filter((seconds) => seconds <= maxSeconds), maxSeconds])].toSorted(
    (a, b) => a - b,
  );
}

/** What is chosen before anybody chose. */
export function usualGraceSeconds(maxSeconds: number): number {
  return allowedGraces(maxSeconds).findLast((seconds) => seconds <= USUAL_SECONDS) ?? 0;
}

/** How long the old secret shall go on, where that can be chosen, and what each answer means. */
export function GraceChoice(props: {
  readonly maxSeconds: number;
  readonly nowMs: number;
  readonly value: number;
  readonly onChange: (seconds: number) => void;
}) {
  const { say, time } = useSurroundings();
  const { maxSeconds, nowMs, value, onChange } = props;
  const graces = allowedGraces(maxSeconds);
  const until = time.exact(new Date(nowMs + value * 1_000).toISOString());
  const meaning = value === 0 ? say('graceNoneText') : say('graceText', { when: until });
  if (graces.length === 1) return <p>{`${say('graceLabel')} ${say('graceNone')}. ${meaning}`}</p>;
  return (
    <Choices
      legend={say('graceLabel')}
      options={graces.map((seconds) => ({
        value: String(seconds),
        label: seconds === 0 ? say('graceNone') : say('graceFor', { duration: time.duration(seconds) }),
      }))}
      value={String(value)}
      onChange={(seconds) => onChange(Number(seconds))}
      note={meaning}
    />
  );
}
