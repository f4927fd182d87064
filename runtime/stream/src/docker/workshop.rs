//! The container in which a platform's program is built. Fabric: core/chaincode/platforms/util/utils.go DockerBuild.

use super::Labels;
use super::engine::Engine;
use super::platform::Job;
use bollard::body_full;
use bollard::container::AttachContainerResults;
use bollard::errors::Error;
use bollard::models::ContainerCreateBody;
use bollard::query_parameters::{
    AttachContainerOptionsBuilder, CreateContainerOptions, DownloadFromContainerOptionsBuilder,
    UploadToContainerOptionsBuilder, WaitContainerOptions,
};
use bytes::Bytes;
use futures::StreamExt;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

/// Of what the build prints, this much is kept for the error.
const MAX_OUTPUT: usize = 1 << 20;

/// Builds `code` and writes the tar of what came out to `result`. Nothing of the container is left, however it ends.
///
/// # Errors
/// Fabric's texts, with the output of a build that failed.
pub(super) async fn build(
    engine: &Engine,
    labels: &Labels,
    job: &Job,
    code: Bytes,
    result: &mut File,
) -> Result<(), String> {
    fetch(engine, &job.image).await?;
    let container = create(engine, labels, job)
        .await
        .map_err(|cause| format!("Error creating container: {cause}"))?;
    let built = work(engine, &container, code, result).await;
    if let Err(error) = engine.remove(&container).await {
        tracing::warn!(container, %error, "the container of a build cannot be removed");
    }
    built
}

async fn fetch(engine: &Engine, image: &str) -> Result<(), String> {
    if matches!(engine.image(image).await, Ok(Some(_))) {
        return Ok(());
    }
    tracing::info!(image, "getting an image to build chaincode with");
    let pulled = engine.pull(image).await;
    pulled.map_err(|cause| format!("Failed to pull {image}: {cause}"))
}

async fn create(engine: &Engine, labels: &Labels, job: &Job) -> Result<String, String> {
    let body = ContainerCreateBody {
        image: Some(job.image.clone()),
        cmd: Some(vec![
            "/bin/sh".to_owned(),
            "-c".to_owned(),
            job.script.clone(),
        ]),
        env: Some(job.environment.clone()),
        labels: Some(labels.builder()),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        ..ContainerCreateBody::default()
    };
    let client = engine.client().map_err(|error| error.to_string())?;
    let created = client
        .create_container(None::<CreateContainerOptions>, body)
        .await;
    created
        .map(|created| created.id)
        .map_err(|error| engine.error(error).to_string())
}

async fn work(
    engine: &Engine,
    container: &str,
    code: Bytes,
    result: &mut File,
) -> Result<(), String> {
    let client = engine.client().map_err(|error| error.to_string())?;
    let text = |error: Error| engine.error(error).to_string();
    let options = UploadToContainerOptionsBuilder::new().path("/chaincode/input");
    client
        .upload_to_container(container, Some(options.build()), body_full(code))
        .await
        .map_err(|e| format!("Error uploading input to container: {}", text(e)))?;
    let options = AttachContainerOptionsBuilder::new()
        .stream(true)
        .stdout(true)
        .stderr(true)
        .logs(true);
    let attached = client
        .attach_container(container, Some(options.build()))
        .await
        .map_err(|e| format!("Error attaching to container: {}", text(e)))?;
    client
        .start_container(container, None)
        .await
        .map_err(|e| format!("Error executing build: {} \"\"", text(e)))?;
    // The output is read while the build runs: a full pipe would stop it.
    let (output, status) = tokio::join!(printed(attached), exit_code(engine, container));
    match status.map_err(|e| format!("Error waiting for container to complete: {e}"))? {
        0 => tracing::debug!(output, "built chaincode"),
        status => return Err(format!("Error returned from build: {status} \"{output}\"")),
    }
    download(engine, container, result).await
}

async fn printed(mut attached: AttachContainerResults) -> String {
    let mut output = Vec::new();
    while let Some(Ok(part)) = attached.output.next().await {
        let room = MAX_OUTPUT.saturating_sub(output.len());
        output.extend(part.into_bytes().iter().take(room));
    }
    String::from_utf8_lossy(&output).into_owned()
}

/// Waits for the container to end.
pub(super) async fn exit_code(engine: &Engine, container: &str) -> Result<i64, String> {
    let client = engine.client().map_err(|error| error.to_string())?;
    let mut answer = client.wait_container(container, None::<WaitContainerOptions>);
    match answer.next().await {
        Some(Ok(ended)) => Ok(ended.status_code),
        // The client takes every status but 0 for an error.
        Some(Err(Error::DockerContainerWaitError { code, .. })) => Ok(code),
        Some(Err(error)) => Err(engine.error(error).to_string()),
        None => Err("the engine closed the connection".to_owned()),
    }
}

async fn download(engine: &Engine, container: &str, result: &mut File) -> Result<(), String> {
    let client = engine.client().map_err(|error| error.to_string())?;
    let options = DownloadFromContainerOptionsBuilder::new().path("/chaincode/output/.");
    let mut tar = client.download_from_container(container, Some(options.build()));
    while let Some(part) = tar.next().await {
        let part = part.map_err(|e| format!("Error downloading output: {}", engine.error(e)))?;
        let written = result.write_all(&part).await;
        written.map_err(|e| format!("Error downloading output: {e}"))?;
    }
    let flushed = result.flush().await;
    flushed.map_err(|e| format!("Error downloading output: {e}"))
}
