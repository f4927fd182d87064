use crate::casing::camel;
use crate::message;
use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Error, FnArg, Ident, Pat, Result, Signature, Type};

/// The context of a transaction and its arguments.
pub(crate) fn read(signature: &Signature) -> Result<(Type, Vec<(Ident, Type)>)> {
    if let Some(keyword) = &signature.asyncness {
        return Err(Error::new_spanned(keyword, message::ASYNC));
    }
    if !signature.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &signature.generics,
            message::GENERIC_TRANSACTION,
        ));
    }
    let mut inputs = signature.inputs.iter();
    match inputs.next() {
        Some(FnArg::Receiver(receiver))
            if receiver.reference.is_some() && receiver.mutability.is_none() => {}
        other => return Err(Error::new(span_of(other, signature), message::RECEIVER)),
    }
    let context = match inputs.next() {
        Some(FnArg::Typed(parameter)) => context(&parameter.ty)?,
        other => return Err(Error::new(span_of(other, signature), message::CONTEXT)),
    };
    let parameters = inputs.map(parameter).collect::<Result<Vec<_>>>()?;
    distinct(&parameters)?;
    Ok((context, parameters))
}

fn span_of(found: Option<&FnArg>, signature: &Signature) -> Span {
    found.map_or_else(|| signature.ident.span(), Spanned::span)
}

fn context(ty: &Type) -> Result<Type> {
    match ty {
        Type::Reference(reference) if reference.mutability.is_none() => {
            Ok((*reference.elem).clone())
        }
        Type::Reference(reference) => Err(Error::new_spanned(reference, message::MUTABLE_CONTEXT)),
        other => Err(Error::new_spanned(other, message::CONTEXT)),
    }
}

fn parameter(input: &FnArg) -> Result<(Ident, Type)> {
    let FnArg::Typed(parameter) = input else {
        return Err(Error::new_spanned(input, message::RECEIVER));
    };
    let Pat::Ident(name) = &*parameter.pat else {
        return Err(Error::new_spanned(&parameter.pat, message::PATTERN));
    };
    match &*parameter.ty {
        Type::Reference(reference) => {
            let text = if is_context(&reference.elem) {
                message::SECOND_CONTEXT
            } else {
                message::BORROWED
            };
            Err(Error::new_spanned(reference, text))
        }
        Type::ImplTrait(found) => Err(Error::new_spanned(found, message::IMPL_TRAIT)),
        ty => Ok((name.ident.clone(), ty.clone())),
    }
}

fn is_context(ty: &Type) -> bool {
    let Type::Path(path) = ty else {
        return false;
    };
    let last = path.path.segments.last();
    last.is_some_and(|last| {
        ["Tx", "Query", "View"]
            .iter()
            .any(|name| last.ident == name)
    })
}

/// `asset_id` and `assetId` are one name to clients.
fn distinct(parameters: &[(Ident, Type)]) -> Result<()> {
    for (position, (name, _)) in parameters.iter().enumerate() {
        let same =
            |(other, _): &(Ident, Type)| camel(&other.to_string()) == camel(&name.to_string());
        if parameters.iter().take(position).any(same) {
            return Err(Error::new(name.span(), message::SAME_ARGUMENT));
        }
    }
    Ok(())
}
