import { useRead } from '../api/use-read.ts';
import { Badge } from '../ui/badge.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { Panel } from '../ui/panel.tsx';

/** Who answers from the same store, and how far each has come. */
export function NodesPanel() {
  const nodes = useRead('GET /v1/nodes', {}, { refetchInterval: 5_000 });
  return (
    <Panel title="Nodes">
      <Loaded query={nodes}>
        {({ data, seq }) => (
          <DataTable
            caption="Nodes"
            rows={data}
            keyOf={({ node, incarnation }) => `${node} ${incarnation}`}
            columns={[
              {
                title: 'Node',
                cell: ({ node, self }) => (
                  <>
                    <span className="font-medium">{node}</span>
                    {self && <span className="text-soft"> answers you</span>}
                  </>
                ),
              },
              {
                title: 'State',
                cell: ({ alive, trouble }) =>
                  alive ? (
                    <Badge tone="good">Answers</Badge>
                  ) : (
                    <Badge tone="danger">{trouble ?? 'Silent'}</Badge>
                  ),
              },
              { title: 'Workers', isNumber: true, cell: ({ workers }) => workers?.length ?? '–' },
              {
                title: 'Newest change',
                isNumber: true,
                cell: ({ acked_seq }) => (acked_seq >= seq ? acked_seq : `${acked_seq} of ${seq}`),
              },
            ]}
          />
        )}
      </Loaded>
    </Panel>
  );
}
