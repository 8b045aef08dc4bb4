import { TextField } from '../../ui/field.tsx';

/** The name of somebody who comes in for the first time. */
export function OwnNameField(props: {
  readonly value: string;
  readonly isLacking: boolean;
  readonly onChange: (name: string) => void;
}) {
  const { value, isLacking, onChange } = props;
  return (
    <TextField
      autoFocus
      label="Your name"
      autoComplete="name"
      maxLength={100}
      error={isLacking ? 'Say how colleagues know you.' : null}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
