"""A marimo notebook: who progresses locally after ablation of small lesions? Choose by sliders, read curves.

marimo edit examples/small_lesions.py     or, to read only:  marimo run examples/small_lesions.py
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Small lesions")


@app.cell
def _():
    from marimo import hstack, md, ui, vstack

    import ablation_registry as ar

    release = ar.open()
    md(
        f"""
        # Who progresses locally after ablation of small lesions?

        Release `{release.id}`. Choose the patients, and every number below follows.
        """
    )
    return hstack, md, release, ui, vstack


@app.cell
def _(hstack, ui):
    largest = ui.slider(10, 60, value=30, step=5, label="Largest diameter below, mm", show_value=True)
    by = ui.dropdown(["kras", "ras", "clm_timing", "sex"], value="kras", label="Compare by")
    hstack([largest, by], justify="start", gap=2)
    return by, largest


@app.cell
def _(by, largest, release, vstack):
    cohort = release.cohort(
        {"ECOG 0 or 1": "ecog <= 1", f"lesions below {largest.value} mm": f"max_diameter_mm < {largest.value}"},
        exclude={f"{by.value} not known": f"{by.value} IS NULL OR {by.value} = 'unknown'"},
    )
    vstack([cohort, cohort.plot()])
    return (cohort,)


@app.cell
def _(md):
    md("""
    ## LTP-free survival

    Death counts as an event. Numbers at risk are below the curves, and an estimate that rests on few is marked.
    """)
    return


@app.cell
def _(by, cohort, vstack):
    survival = cohort.kaplan_meier("LTPFS", by=by.value)
    vstack([survival.plot(), survival])
    return (survival,)


@app.cell
def _(md):
    md("""
    ## LTP, with death as its competitor

    How many have LTP by each time. Kaplan-Meier of LTP alone would say more, since it counts the dead as if they could
    still progress.
    """)
    return


@app.cell
def _(by, cohort, vstack):
    incidence = cohort.cumulative_incidence("TTLTP", by=by.value)
    vstack([incidence.plot(), incidence])
    return (incidence,)


@app.cell
def _(by, cohort):
    cohort.table_one(by=by.value)
    return


@app.cell
def _(cohort, md):
    md(f"""
    ## To cite

    ```
    {cohort.cite()}
    ```
    """)
    return


if __name__ == "__main__":
    app.run()
