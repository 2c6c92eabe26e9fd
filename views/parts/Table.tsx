import type { ComponentChildren } from 'preact';

type Props = {
  caption: string;
  columns: readonly string[];
  rows: readonly (readonly ComponentChildren[])[];
};

/** A table whose first column names the row; it scrolls by itself where the page is too small. */
export function Table({ caption, columns, rows }: Props) {
  return (
    <div class="table" role="region" aria-label={caption} tabIndex={0}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([first, ...others], index) => (
            <tr key={index}>
              <th scope="row">{first}</th>
              {others.map((cell, place) => (
                <td key={place}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
