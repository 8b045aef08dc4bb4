import { Label } from './badge.tsx';

export function LabelList({ labels }: { readonly labels: readonly string[] }) {
  if (labels.length === 0) return <span className="text-soft">None</span>;
  return (
    <span className="flex flex-wrap gap-1">
      {labels.map((label) => (
        <Label key={label}>{label}</Label>
      ))}
    </span>
  );
}
