import { TextField } from '../../ui/field.tsx';

const SHORTEST_PASSWORD = 12;

/** A password that is being chosen. */
export function NewPasswordField(props: {
  readonly label: string;
  readonly value: string;
  readonly error?: string | null;
  readonly onChange: (value: string) => void;
}) {
  const { label, value, error = null, onChange } = props;
  return (
    <TextField
      type="password"
      label={label}
      help={`At least ${SHORTEST_PASSWORD} characters. A few words in a row are good.`}
      error={error}
      autoComplete="new-password"
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

/** Null: it is long enough. Whether it is a common one the server knows. */
export function findPasswordFault(password: string): string | null {
  return password.length < SHORTEST_PASSWORD
    ? `Choose a password of at least ${SHORTEST_PASSWORD} characters.`
    : null;
}

/** Whose password a form asks for: not shown, for password managers. */
export function OwnUsername({ email }: { readonly email: string }) {
  return <input type="text" autoComplete="username" value={email} readOnly hidden />;
}
