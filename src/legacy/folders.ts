/** Where files that are imported by page lie until their work is done. `data`: the data folder. */
export const importsFolder = (data: string): string => `${data}/imports`;

/** Where what is sorted lies while a file is imported. `imports`: the folder above. */
export const sortingFolder = (imports: string): string => `${imports}-sorting`;
